//! Certificates as a redacted Secret carries them, held against a clock and against hosts.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One certificate of a chain, with what the snapshot's clock makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Certificate {
    /// Distinguished name of the subject.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// DNS names.
    pub dns_names: Vec<String>,
    /// IP names.
    pub ip_sans: Vec<String>,
    /// First moment of validity, RFC 3339.
    pub not_before: String,
    /// Last moment of validity, RFC 3339.
    pub not_after: String,
    /// `RSA`, `ECDSA`, `Ed25519` …
    pub key_alg: String,
    /// Size of the key.
    pub key_bits: i64,
    /// Signature algorithm, as Go calls it: `SHA256-RSA`, `ECDSA-SHA256` …
    pub sig_alg: String,
    /// May sign others.
    pub is_ca: bool,
    /// Signed by its own key.
    pub self_signed: bool,
    /// SHA-256 of the public key.
    pub spki_sha256: String,
    /// Seconds until it ends, negative after; none without a clock or a date.
    pub seconds_left: Option<i64>,
    /// Seconds until it begins, negative after.
    pub seconds_until_valid: Option<i64>,
    /// Seconds from begin to end.
    pub lifetime_seconds: Option<i64>,
    /// A controller made it up, since it found none.
    pub fake: bool,
    /// Its issuer signs certificates for tests.
    pub staging: bool,
}

/// The TLS half of a redacted Secret's `sextant` block.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicTls {
    /// Certificates of `tls.crt`, in its order.
    pub certs: Option<Vec<Certificate>>,
    /// Whether `tls.key` is the key of the first.
    pub key_matches: Option<bool>,
    /// Whether each is signed by the next.
    pub chain_ok: Option<bool>,
}

/// Seconds since the epoch of an RFC 3339 time.
#[must_use]
pub fn epoch(time: &str) -> Option<i64> {
    time.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Seconds from `now` to a time.
#[must_use]
pub fn until(time: &str, now: Option<i64>) -> Option<i64> {
    Some(epoch(time)? - now?)
}

impl Certificate {
    /// Fills in what the clock makes of the dates.
    #[must_use]
    pub fn at(mut self, now: Option<i64>) -> Self {
        self.seconds_left = until(&self.not_after, now);
        self.seconds_until_valid = until(&self.not_before, now);
        self.lifetime_seconds = epoch(&self.not_after).zip(epoch(&self.not_before)).map(|(end, start)| end - start);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_held_against_the_given_clock() {
        let certificate = Certificate {
            not_before: "2026-01-01T00:00:00Z".into(),
            not_after: "2026-01-02T00:00:00Z".into(),
            ..Certificate::default()
        };
        let at = certificate.clone().at(epoch("2026-01-01T12:00:00Z"));
        assert_eq!(
            (at.seconds_left, at.seconds_until_valid, at.lifetime_seconds),
            (Some(43200), Some(-43200), Some(86400))
        );
        assert_eq!(certificate.at(None).seconds_left, None);
    }
}
