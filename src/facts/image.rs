//! Image references, read as containerd reads them, and repositories as signatures know them.

/// The parts of a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Registry host in lower case, `docker.io` where none is written.
    pub registry: String,
    /// Path below the host; `library/nginx` for `nginx`.
    pub repository: String,
    /// Tag; empty where none is written.
    pub tag: String,
    /// `sha256:…`; empty where none is written.
    pub digest: String,
}

/// Reads a reference. Never fails: what is no reference comes out as a repository nobody has.
#[must_use]
pub fn parse(image: &str) -> Reference {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match rest[slash..].split_once(':') {
        Some((name, tag)) => (&rest[..slash + name.len()], tag),
        None => (rest, ""),
    };
    // The first part is a host where it could not be a path of Docker Hub.
    let host = path
        .split_once('/')
        .filter(|(host, _)| host.contains(['.', ':']) || *host == "localhost" || host.chars().any(char::is_uppercase));
    let (registry, repository) = match host {
        Some((host, path)) => (host.to_ascii_lowercase(), path.to_owned()),
        None => ("docker.io".to_owned(), path.to_owned()),
    };
    let registry = if registry == "index.docker.io" { "docker.io".to_owned() } else { registry };
    let repository =
        if registry == "docker.io" && !repository.contains('/') { format!("library/{repository}") } else { repository };
    Reference { registry, repository, tag: tag.to_owned(), digest: digest.to_owned() }
}

impl Reference {
    /// Host and path: what an allow-list is matched against.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

/// Path prefixes of pull-through caches: what follows is the path at the origin.
const CACHES: [&str; 16] = [
    "docker-hub/",
    "dockerhub/",
    "docker.io/",
    "docker-remote/",
    "docker/",
    "quay/",
    "quay.io/",
    "quay-remote/",
    "k8s/",
    "k8s.gcr.io/",
    "registry.k8s.io/",
    "gcr/",
    "gcr.io/",
    "ghcr/",
    "ghcr.io/",
    "mcr.microsoft.com/",
];

/// The paths that the vendor may have given the image, as far as a mirror lets them show: below
/// the prefix of a cache, and `mirrored-a-b` as `a/b`. The first is the likeliest.
#[must_use]
pub fn vendor_paths(reference: &Reference) -> Vec<String> {
    let mut path = reference.repository.as_str();
    while let Some(rest) = CACHES.iter().find_map(|cache| path.strip_prefix(cache)) {
        path = rest;
    }
    let path = path.strip_prefix("library/").unwrap_or(path);
    let mut paths = vec![path.replacen("bitnamilegacy/", "bitnami/", 1)];
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    if let Some(mirrored) = name.strip_prefix("mirrored-") {
        // Where the owner's name ends is not written: every place is tried.
        for (at, _) in mirrored.match_indices('-') {
            let (owner, image) = (&mirrored[..at], &mirrored[at + 1..]);
            paths.push(if owner == "library" { image.to_owned() } else { format!("{owner}/{image}") });
        }
    } else if let Some(hardened) = name.strip_prefix("hardened-") {
        paths.push(if parent.is_empty() { hardened.to_owned() } else { format!("{parent}/{hardened}") });
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(image: &str) -> [String; 4] {
        let Reference { registry, repository, tag, digest } = parse(image);
        [registry, repository, tag, digest]
    }

    #[test]
    fn references_are_read_as_containerd_reads_them() {
        assert_eq!(parts("nginx"), ["docker.io", "library/nginx", "", ""]);
        assert_eq!(parts("calico/node:v3.32.1"), ["docker.io", "calico/node", "v3.32.1", ""]);
        assert_eq!(parts("localhost:5000/a/b"), ["localhost:5000", "a/b", "", ""]);
        assert_eq!(parts("Quay.IO/x/y:1@sha256:ab"), ["quay.io", "x/y", "1", "sha256:ab"]);
        assert_eq!(parts("index.docker.io/busybox:1"), ["docker.io", "library/busybox", "1", ""]);
        assert_eq!(parts("harbor.bank.example.evil.io/a/b:1")[0], "harbor.bank.example.evil.io");
    }

    #[test]
    fn a_mirror_keeps_the_vendors_path() {
        let first = |image: &str| vendor_paths(&parse(image))[0].clone();
        assert_eq!(first("mirror.example/docker-hub/library/registry:2"), "registry");
        assert_eq!(first("mirror.example/quay/calico/node:v3"), "calico/node");
        assert_eq!(first("mirror.example/docker-remote/bitnamilegacy/grafana:1"), "bitnami/grafana");
        let all = vendor_paths(&parse("rancher/mirrored-longhornio-longhorn-manager:v1"));
        assert!(all.contains(&"longhornio/longhorn-manager".into()), "{all:?}");
        assert!(vendor_paths(&parse("rancher/mirrored-library-traefik:3.7")).contains(&"traefik".into()));
    }
}
