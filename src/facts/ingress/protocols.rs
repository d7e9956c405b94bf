//! The TLS versions that a setting allows, in the notation of each controller.

/// Versions in order.
pub const VERSIONS: [&str; 5] = ["ssl3", "1.0", "1.1", "1.2", "1.3"];

/// One token: `TLSv1.2`, `TLSV1_2`, `VersionTLS12`, `1.2`, `TLSv1`.
#[must_use]
pub fn version(token: &str) -> Option<&'static str> {
    let lower = token.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let digits: String = match lower.strip_prefix("versiontls") {
        Some(rest) => rest.to_owned(),
        None => {
            lower.trim_start_matches("tlsv").trim_start_matches("tls").trim_start_matches('v').replace(['.', '_'], "")
        }
    };
    match (lower.as_str(), digits.as_str()) {
        ("sslv3" | "sslv2" | "ssl3", _) => Some("ssl3"),
        // A bare TLSv1 is 1.0 and nothing else.
        (_, "1" | "10") => Some("1.0"),
        (_, "11") => Some("1.1"),
        (_, "12") => Some("1.2"),
        (_, "13") => Some("1.3"),
        _ => None,
    }
}

/// Every version of a list separated by white space or commas; none where a token is not known.
#[must_use]
pub fn versions(list: &str) -> Option<Vec<&'static str>> {
    let mut found: Vec<&'static str> =
        list.split([' ', ',', '\t', '\n']).filter(|token| !token.is_empty()).map(version).collect::<Option<_>>()?;
    found.sort_by_key(|version| VERSIONS.iter().position(|known| known == version));
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// Every version from this one on.
#[must_use]
pub fn from(least: &str) -> Vec<&'static str> {
    let start = VERSIONS.iter().position(|known| *known == least).unwrap_or(VERSIONS.len());
    VERSIONS[start.min(VERSIONS.len())..].to_vec()
}

/// The least version of a security policy of AWS; none for a name that says nothing.
#[must_use]
pub fn of_aws_policy(name: &str) -> Option<&'static str> {
    let rest = name.strip_prefix("ELBSecurityPolicy-")?;
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| rest.starts_with(prefix));
    if starts(&["TLS13-1-3"]) {
        Some("1.3")
    } else if starts(&["TLS13-1-2", "TLS-1-2", "FS-1-2"]) {
        Some("1.2")
    } else if starts(&["TLS13-1-1", "TLS-1-1", "FS-1-1"]) {
        Some("1.1")
    } else if starts(&["TLS13-1-0", "TLS-1-0", "2016-08", "2015-05", "FS-2018-06"]) {
        Some("1.0")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_token_and_not_a_part_of_one() {
        assert_eq!(versions("TLSv1.2"), Some(vec!["1.2"]));
        assert_eq!(versions("TLSv1.2 TLSv1.3"), Some(vec!["1.2", "1.3"]));
        assert_eq!(versions("TLSv1 TLSv1.1 TLSv1.2"), Some(vec!["1.0", "1.1", "1.2"]));
        assert_eq!(versions("TLSv1.2 TLSv9"), None);
        assert_eq!(
            (version("VersionTLS12"), version("TLSV1_1"), version("1.3")),
            (Some("1.2"), Some("1.1"), Some("1.3"))
        );
        assert_eq!(from("1.2"), ["1.2", "1.3"]);
        assert_eq!(of_aws_policy("ELBSecurityPolicy-TLS13-1-2-2021-06"), Some("1.2"));
        assert_eq!(of_aws_policy("ELBSecurityPolicy-2016-08"), Some("1.0"));
    }
}
