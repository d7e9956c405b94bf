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
const CACHES: [&str; 8] =
    ["docker-hub/", "dockerhub/", "docker.io/", "quay/", "quay.io/", "k8s/", "registry.k8s.io/", "docker-remote/"];

/// The path that the vendor gave the image, as far as a mirror lets it show.
#[must_use]
pub fn vendor_path(reference: &Reference) -> String {
    let mut path = reference.repository.as_str();
    for cache in CACHES {
        if let Some(rest) = path.strip_prefix(cache) {
            path = rest;
            break;
        }
    }
    path.strip_prefix("library/").unwrap_or(path).to_owned()
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
        assert_eq!(vendor_path(&parse("mirror.example/docker-hub/library/registry:2")), "registry");
        assert_eq!(vendor_path(&parse("mirror.example/quay/calico/node:v3")), "calico/node");
    }
}
