//! What becomes of each entry, by where it stands: kept, dropped, blanked, or looked into.

use super::Slimmer;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Secret,
    ConfigMap,
    Crd,
    Revision,
    Route,
    Scan,
    Other,
}

/// Where in the object the walk is, as far as it matters to what is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// As it stands, on the way to the walk.
    Raw,
    /// A value that the list keeps.
    Verbatim,
    Root(Class),
    Metadata,
    Annotations,
    ManagedFields,
    ManagedField,
    FieldPaths(u8),
    TemplatePaths,
    ConfigData,
    SecretData,
    CrdVersions,
    CrdVersion,
    CrdSpec,
    RouteSpec,
    RouteTls,
    ScanReport,
    PrivateKey,
    /// Below a field whose name says that it is secret.
    SecretField,
    Env,
    EnvItem,
    Arguments,
    LastWords,
    Value,
}

pub(super) struct Walk<'w> {
    pub(super) slimmer: &'w Slimmer<'w>,
    pub(super) namespace: &'w str,
    pub(super) name: &'w str,
    pub(super) api_version: &'w str,
    pub(super) newest: Option<String>,
    /// Types that the root lacks: built-in kinds in typed lists carry none.
    pub(super) missing: [(&'static str, Option<&'w str>); 2],
}

/// What becomes of one entry of a map.
pub(super) enum Entry {
    Descend(At),
    Drop,
    Blank,
    Time,
    RegistryConfig,
    /// A version of the API, kept where it is another than the object's own: most are the same.
    OtherVersion,
}

impl Walk<'_> {
    pub(super) fn entry(&self, at: At, key: &str) -> Entry {
        match at {
            At::Raw => Entry::Descend(At::Raw),
            At::Verbatim => Entry::Descend(At::Verbatim),
            At::Root(class) => match (class, key) {
                (_, "metadata") => Entry::Descend(At::Metadata),
                (Class::ConfigMap, "data" | "binaryData") => Entry::Descend(At::ConfigData),
                (Class::Secret, "data" | "stringData") => Entry::Descend(At::SecretData),
                (Class::Crd, "spec") => Entry::Descend(At::CrdSpec),
                // A whole former template, which no fact reads.
                (Class::Revision, "data") => Entry::Drop,
                (Class::Scan, "report") => Entry::Descend(At::ScanReport),
                (Class::Route, "spec") => Entry::Descend(At::RouteSpec),
                _ => Entry::Descend(At::Value),
            },
            At::Metadata => match key {
                "annotations" => Entry::Descend(At::Annotations),
                "managedFields" => Entry::Descend(At::ManagedFields),
                "selfLink" | "resourceVersion" => Entry::Drop,
                "creationTimestamp" => Entry::Time,
                _ => Entry::Descend(At::Value),
            },
            At::Annotations => {
                if key != "kubectl.kubernetes.io/last-applied-configuration" && self.slimmer.retain.annotation(key) {
                    Entry::Descend(At::Verbatim)
                } else {
                    Entry::Blank
                }
            }
            At::ManagedField => match key {
                "fieldsV1" => Entry::Descend(At::FieldPaths(0)),
                "apiVersion" => Entry::OtherVersion,
                "manager" | "operation" | "subresource" | "time" => Entry::Descend(At::Verbatim),
                _ => Entry::Drop,
            },
            // Two levels of paths are enough to know who owns spec.replicas or data, and a third one to
            // tell a restart, which annotates the pods, from a change of what they run.
            At::FieldPaths(1) if key == "f:template" => Entry::Descend(At::TemplatePaths),
            At::TemplatePaths if matches!(key, "f:metadata" | "f:spec") => Entry::Descend(At::FieldPaths(2)),
            At::TemplatePaths => Entry::Drop,
            At::FieldPaths(depth) if depth < 2 => Entry::Descend(At::FieldPaths(depth + 1)),
            At::FieldPaths(_) => Entry::Drop,
            At::ConfigData => {
                // Helm keeps whole releases, values included, in the ConfigMaps of some clusters.
                if self.name.starts_with("sh.helm.release.") {
                    Entry::Blank
                } else if self.slimmer.retain.config(self.namespace, self.name, key) {
                    Entry::Descend(At::Verbatim)
                } else if self.slimmer.retain.registry_config(self.namespace, self.name, key) {
                    Entry::RegistryConfig
                } else {
                    Entry::Blank
                }
            }
            At::SecretData => Entry::Blank,
            At::CrdSpec if key == "versions" => Entry::Descend(At::CrdVersions),
            At::CrdSpec if key == "validation" || key == "additionalPrinterColumns" => Entry::Drop,
            At::CrdVersion if key == "schema" || key == "additionalPrinterColumns" => Entry::Drop,
            // An OpenShift Route may carry its private key in the open.
            At::RouteSpec if key == "tls" => Entry::Descend(At::RouteTls),
            At::RouteTls if key == "key" => Entry::Blank,
            At::RouteSpec | At::RouteTls => Entry::Descend(At::Value),
            // Hundreds of them for each image, which no fact reads.
            At::ScanReport if key == "vulnerabilities" => Entry::Drop,
            At::ScanReport => Entry::Descend(At::Value),
            // A cert-manager Certificate says of its key what kind it is, and nothing else.
            At::PrivateKey => match key {
                "algorithm" | "size" | "rotationPolicy" | "encoding" => Entry::Descend(At::Value),
                _ => Entry::Blank,
            },
            At::CrdVersion | At::CrdSpec => Entry::Descend(At::Value),
            // Charts and operators write the environment as a map.
            At::Env if self.slimmer.retain.env(key) => Entry::Descend(At::Verbatim),
            At::Env => Entry::Blank,
            At::ManagedFields | At::CrdVersions | At::Arguments => Entry::Descend(At::Value),
            // What a reference names is public, what stands beside it is not.
            At::SecretField => match key {
                "name" | "namespace" | "key" | "kind" | "apiVersion" | "apiGroup" | "audience" | "path"
                | "secretName" | "expirationSeconds" => Entry::Descend(At::Value),
                _ => Entry::Descend(At::SecretField),
            },
            At::LastWords if key == "message" => Entry::Blank,
            At::LastWords if key == "startedAt" || key == "finishedAt" => Entry::Time,
            At::LastWords => Entry::Descend(At::Value),
            At::EnvItem | At::Value => match key {
                "metadata" => Entry::Descend(At::Metadata),
                // Headers of a probe are pairs of name and value as well, and hold credentials.
                "env" | "envs" | "extraEnv" | "httpHeaders" => Entry::Descend(At::Env),
                "stringData" => Entry::Blank,
                "args" | "command" => Entry::Descend(At::Arguments),
                "privateKey" => Entry::Descend(At::PrivateKey),
                "lastTransitionTime" | "lastUpdateTime" | "lastHeartbeatTime" | "startedAt" | "finishedAt"
                | "startTime" | "completionTime" | "lastScheduleTime" | "lastSuccessfulTime" => Entry::Time,
                // A program's last words, which may be its environment.
                "terminated" => Entry::Descend(At::LastWords),
                _ if self.slimmer.retain.secret_field(key) => Entry::Descend(At::SecretField),
                _ => Entry::Descend(At::Value),
            },
        }
    }

    pub(super) fn see_time(&mut self, text: &str) {
        // The API writes RFC 3339 in UTC, which sorts as text once fractions are cut.
        if text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
            let seconds = format!("{}Z", &text[..19]);
            if self.newest.as_ref().is_none_or(|newest| *newest < seconds) {
                self.newest = Some(seconds);
            }
        }
    }
}
