//! From a kubeconfig or a pod's own account to a client.
//!
//! The configuration is put together here instead of by `Config::infer`, which lets environment
//! variables redirect an audit, and whose NO_PROXY is about the proxy.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use kube::config::{AuthInfo, Cluster, Config, ExecAuthCluster, ExecInteractiveMode};

use super::{
    Limits, Target,
    authority::certificates,
    fault::{self, Class, Fault},
    kubeconfig::Files,
    pod::Account,
    problem::{LOOK, bad, place},
    proxy,
};
use crate::collect::CollectError;

/// A client, and what the cluster is called.
pub(super) struct Connection {
    pub client: kube::Client,
    /// Host and port, for messages.
    pub server: String,
    /// Context of the kubeconfig.
    pub context: Option<String>,
    /// Credentials come from somewhere that may give new ones: an exec plugin, a token file.
    pub renewable: bool,
}

/// Loads the configuration and makes the client; exec plugins run here.
pub(super) fn connect(target: &Target, limits: &Limits) -> Result<Connection, CollectError> {
    let (mut config, context) = load(target)?;
    config.default_retry = false;
    config.connect_timeout = Some(limits.connect_timeout);
    config.read_timeout = Some(limits.page_timeout);
    config.reset_reader_on_write = true;
    let host = config.cluster_url.host().unwrap_or_default().to_owned();
    if proxy::is_loopback(&host) {
        config.disable_compression = true;
    }
    let agent = concat!("sextant/", env!("CARGO_PKG_VERSION"));
    config.headers.push((USER_AGENT, HeaderValue::from_static(agent)));
    if let Some(user) = &target.act_as {
        let wrong =
            || bad("the delivery", "the user to act as is no header value", "write system:serviceaccount:NS:NAME");
        let user = HeaderValue::from_str(user).map_err(|_| wrong())?;
        config.headers.push((HeaderName::from_static("impersonate-user"), user));
    }
    if let Some(exec) = &mut config.auth_info.exec
        && !target.interactive
    {
        // A login prompt that nobody sees would wait for ever.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    let port = config.cluster_url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let server = format!("{host}{port}");
    let renewable = config.auth_info.exec.is_some() || config.auth_info.token_file.is_some();
    trim_token(&mut config.auth_info);
    let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.clone());
    let client = kube::Client::try_from(config).map_err(|error| {
        let mut fault = fault::of_client(&error);
        if let Some(plugin) = plugin.filter(|_| fault.class == Class::Credentials) {
            fault.detail = fault.detail.replacen("the exec plugin", &format!("the exec plugin {plugin:?}"), 1);
        }
        place(&server, context.as_deref(), &fault)
    })?;
    Ok(Connection { client, server, context, renewable })
}

/// A token file that ends in a newline is read by kubectl, and not by kube.
fn trim_token(auth: &mut AuthInfo) {
    if auth.token.is_none()
        && let Some(text) = auth.token_file.as_ref().and_then(|path| std::fs::read_to_string(path).ok())
        && text.trim() != text
    {
        auth.token = Some(text.trim().to_owned().into());
    }
}

fn load(target: &Target) -> Result<(Config, Option<String>), CollectError> {
    let account = target.account.clone().unwrap_or_else(Account::mounted);
    if target.in_cluster {
        return Ok((account.config()?, None));
    }
    let files = match &target.kubeconfig {
        Some(path) => Files::one(path)?,
        None => match std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
            Some(list) => Files::list(&list)?,
            None => match std::env::home_dir().map(|home| home.join(".kube/config")).filter(|path| path.is_file()) {
                Some(path) => Files::one(&path)?,
                None if account.is_there() => return Ok((account.config()?, None)),
                None => {
                    return Err(bad(
                        "no cluster",
                        "there is no kubeconfig, and this is no pod",
                        "name a source (a file or folder), --kubeconfig FILE, or --in-cluster",
                    ));
                }
            },
        },
    };
    from_kubeconfig(&files, target.context.as_deref())
}

fn from_kubeconfig(files: &Files, asked: Option<&str>) -> Result<(Config, Option<String>), CollectError> {
    let kubeconfig = &files.whole;
    let current = kubeconfig.current_context.as_deref().filter(|name| !name.is_empty());
    let name = asked
        .or(current)
        .ok_or_else(|| bad(files.name(), "the kubeconfig has no current context", "name one with --context"))?
        .to_owned();
    let Some(context) = kubeconfig.contexts.iter().find(|c| c.name == name).and_then(|c| c.context.as_ref()) else {
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
        let place = if asked.is_some() { files.name() } else { files.at("current-context") };
        return Err(bad(
            place,
            format!("no context {name:?}; there are: {}", known.join(", ")),
            "name one with --context",
        ));
    };
    let at_context = |key: &str| files.entry("contexts", &name, &["context", key]);
    let at_cluster = |key: &str| files.entry("clusters", &context.cluster, &["cluster", key]);
    let cluster = kubeconfig.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref());
    let cluster = cluster.ok_or_else(|| {
        bad(at_context("cluster"), format!("context {name:?} names a cluster that is not there"), LOOK)
    })?;
    let mut auth = match context.user.as_deref().filter(|user| !user.is_empty()) {
        None => AuthInfo::default(),
        Some(user) => {
            let found = kubeconfig.auth_infos.iter().find(|auth| auth.name == *user);
            let missing = || bad(at_context("user"), format!("context {name:?} names a user that is not there"), LOOK);
            found.ok_or_else(missing)?.auth_info.clone().unwrap_or_default()
        }
    };
    if auth.auth_provider.is_some() && auth.exec.is_none() {
        return Err(bad(
            files.entry("users", context.user.as_deref().unwrap_or_default(), &["user", "auth-provider"]),
            "auth-provider was removed from Kubernetes",
            "use an exec plugin (kubelogin, gke-gcloud-auth-plugin)",
        ));
    }
    if let Some(exec) = &mut auth.exec
        && exec.provide_cluster_info
    {
        exec.cluster = ExecAuthCluster::try_from(cluster).ok();
    }
    let url = cluster.server.as_deref().unwrap_or_default();
    let url: http::Uri =
        url.parse().ok().filter(|url: &http::Uri| url.host().is_some() && url.scheme().is_some()).ok_or_else(|| {
            bad(at_cluster("server"), format!("the server of cluster {:?} is no URL", context.cluster), LOOK)
        })?;
    let env = |name: &str| std::env::var(name).ok();
    let proxy = proxy::proxy(&url, cluster.proxy_url.as_deref(), &env)
        .map_err(|reason| bad(at_cluster("proxy-url"), reason, Fault::new(Class::Proxy, "").remedy()))?;
    let mut config = Config::new(url);
    config.default_namespace = context.namespace.clone().unwrap_or_else(|| "default".into());
    config.root_cert = authority(cluster).map_err(|(key, reason)| bad(at_cluster(key), reason, LOOK))?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone();
    config.proxy_url = proxy;
    config.auth_info = auth;
    Ok((config, Some(name)))
}

/// The cluster's authority; what is wrong with it comes with the key it stands under.
fn authority(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, (&'static str, String)> {
    let (key, pem) = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => {
            let key = "certificate-authority-data";
            (key, STANDARD.decode(data.trim()).map_err(|_| (key, format!("{key} is not base64")))?)
        }
        (_, Some(path)) if !path.is_empty() => {
            let key = "certificate-authority";
            (key, std::fs::read(path).map_err(|error| (key, format!("{key} {path}: {}", error.kind())))?)
        }
        _ => return Ok(None),
    };
    certificates(&pem).map(Some).map_err(|reason| (key, reason))
}
