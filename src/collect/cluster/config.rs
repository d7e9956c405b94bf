//! From a kubeconfig or a pod's own account to a client.
//!
//! The configuration is put together here instead of by `Config::infer`, which lets environment
//! variables redirect an audit, and whose NO_PROXY is about the proxy.

use std::{ffi::OsStr, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use kube::config::{Cluster, Config, ExecAuthCluster, ExecInteractiveMode, Kubeconfig, KubeconfigError};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::{
    Limits, Target,
    fault::{self, Class, Fault},
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
}

/// A problem with the configuration, in one line with its remedy.
fn bad(place: impl Into<String>, reason: impl Into<String>, remedy: &'static str) -> CollectError {
    CollectError::Cluster { place: place.into(), reason: reason.into(), remedy }
}

const LOOK: &str = "kubectl config view shows what there is";

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
    let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.clone());
    let client = kube::Client::try_from(config).map_err(|error| {
        let mut fault = fault::of_client(&error);
        if let Some(plugin) = plugin.filter(|_| fault.class == Class::Credentials) {
            fault.detail = fault.detail.replacen("the exec plugin", &format!("the exec plugin {plugin:?}"), 1);
        }
        place(&server, context.as_deref(), &fault)
    })?;
    Ok(Connection { client, server, context })
}

/// A failure that ends the run, with the name of the cluster that the user knows.
pub(super) fn place(server: &str, context: Option<&str>, fault: &Fault) -> CollectError {
    let place = context.map_or_else(|| server.to_owned(), |context| format!("{context} ({server})"));
    CollectError::Cluster { place, reason: fault.detail.clone(), remedy: fault.remedy() }
}

fn load(target: &Target) -> Result<(Config, Option<String>), CollectError> {
    if target.in_cluster {
        return in_cluster();
    }
    let (file, kubeconfig) = match &target.kubeconfig {
        Some(path) => (path.display().to_string(), Kubeconfig::read_from(path).map(Some)),
        None => match std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
            Some(list) => (list.to_string_lossy().into_owned(), merged(&list)),
            None => match home().map(|home| home.join(".kube/config")).filter(|path| path.is_file()) {
                Some(path) => (path.display().to_string(), Kubeconfig::read_from(&path).map(Some)),
                None => (String::new(), Ok(None)),
            },
        },
    };
    match kubeconfig {
        Ok(Some(kubeconfig)) => from_kubeconfig(kubeconfig, &file, target.context.as_deref()),
        Ok(None) if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() => in_cluster(),
        Ok(None) => Err(bad(
            "no cluster",
            "there is no kubeconfig, and this is no pod",
            "name a source (a file or folder), --kubeconfig FILE, or --in-cluster",
        )),
        Err(KubeconfigError::ReadConfig(error, path)) => Err(bad(
            path.display().to_string(),
            format!("the kubeconfig cannot be read: {}", error.kind()),
            "name one that can with --kubeconfig FILE or KUBECONFIG",
        )),
        // The parser quotes the lines around an error, and they may hold a token.
        Err(_) => Err(bad(file, "not a valid kubeconfig", LOOK)),
    }
}

/// Every file of the list that is there, as kubectl reads it; an error where none is.
fn merged(list: &OsStr) -> Result<Option<Kubeconfig>, KubeconfigError> {
    let mut whole: Option<Kubeconfig> = None;
    let mut missing = None;
    for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
        match Kubeconfig::read_from(&path) {
            Ok(next) => {
                whole = Some(match whole {
                    Some(before) => before.merge(next)?,
                    None => next,
                });
            }
            Err(KubeconfigError::ReadConfig(error, path)) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.get_or_insert(KubeconfigError::ReadConfig(error, path));
            }
            Err(error) => return Err(error),
        }
    }
    match (whole, missing) {
        (None, Some(missing)) => Err(missing),
        (whole, _) => Ok(whole),
    }
}

fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

fn in_cluster() -> Result<(Config, Option<String>), CollectError> {
    Config::incluster().map(|config| (config, None)).map_err(|_| {
        bad(
            "in-cluster",
            "the pod has no service account token",
            "set automountServiceAccountToken, or use --kubeconfig",
        )
    })
}

fn from_kubeconfig(
    kubeconfig: Kubeconfig,
    file: &str,
    context: Option<&str>,
) -> Result<(Config, Option<String>), CollectError> {
    let name = context
        .or(kubeconfig.current_context.as_deref().filter(|name| !name.is_empty()))
        .ok_or_else(|| bad(file, "the kubeconfig has no current context", "name one with --context"))?
        .to_owned();
    let Some(context) = kubeconfig.contexts.iter().find(|c| c.name == name).and_then(|c| c.context.as_ref()) else {
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
        return Err(bad(
            file,
            format!("no context {name:?}; there are: {}", known.join(", ")),
            "name one with --context",
        ));
    };
    let cluster = kubeconfig.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref());
    let cluster =
        cluster.ok_or_else(|| bad(file, format!("context {name:?} names a cluster that is not there"), LOOK))?;
    let user = context.user.as_ref().and_then(|user| kubeconfig.auth_infos.iter().find(|auth| auth.name == *user));
    let mut auth = user.and_then(|user| user.auth_info.clone()).unwrap_or_default();
    if auth.auth_provider.is_some() && auth.exec.is_none() {
        return Err(bad(
            file,
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
    let url: http::Uri = url
        .parse()
        .ok()
        .filter(|url: &http::Uri| url.host().is_some() && url.scheme().is_some())
        .ok_or_else(|| bad(file, format!("the server of cluster {:?} is no URL", context.cluster), LOOK))?;
    let env = |name: &str| std::env::var(name).ok();
    let proxy = proxy::proxy(&url, cluster.proxy_url.as_deref(), &env)
        .map_err(|reason| bad(file, reason, Fault::new(Class::Proxy, "").remedy()))?;
    let mut config = Config::new(url);
    config.default_namespace = context.namespace.clone().unwrap_or_else(|| "default".into());
    config.root_cert = authority(cluster).map_err(|reason| bad(file, reason, LOOK))?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone();
    config.proxy_url = proxy;
    config.auth_info = auth;
    Ok((config, Some(name)))
}

fn authority(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, String> {
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => {
            STANDARD.decode(data.trim()).map_err(|_| "certificate-authority-data is not base64".to_owned())?
        }
        (_, Some(path)) if !path.is_empty() => {
            std::fs::read(path).map_err(|error| format!("certificate-authority {path}: {}", error.kind()))?
        }
        _ => return Ok(None),
    };
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|der| der.map(|der| der.to_vec())).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(Some(certificates)),
        _ => Err("the certificate authority holds no certificate".into()),
    }
}
