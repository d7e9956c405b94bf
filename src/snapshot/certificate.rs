//! The public facts of X.509 certificates: what a client of the listener could see as well.
//!
//! Norms (which key is too short, which date too near) are not here. A private key is held
//! against its certificate in memory and forgotten; nothing of it is ever returned.

use std::fmt::Write as _;

use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use x509_parser::{
    certificate::X509Certificate,
    error::X509Error,
    extensions::GeneralName,
    oid_registry::Oid,
    pem::Pem,
    prelude::FromDer as _,
    public_key::PublicKey,
    x509::{SubjectPublicKeyInfo, X509Name},
};

/// One certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Distinguished name, as OpenSSL prints it.
    #[serde(default)]
    pub subject: String,
    /// Distinguished name of who signed it.
    #[serde(default)]
    pub issuer: String,
    /// DNS names of the subject alternative names; without the extension there are none.
    #[serde(default)]
    pub dns_names: Vec<String>,
    /// IP addresses of the subject alternative names.
    #[serde(default)]
    pub ip_sans: Vec<String>,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub not_before: String,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub not_after: String,
    /// `RSA`, `ECDSA`, `Ed25519`, or the object identifier.
    #[serde(default)]
    pub key_alg: String,
    /// Size of the key; 0 where it is not known.
    #[serde(default)]
    pub key_bits: u64,
    /// As Go calls it: `SHA256-RSA`, `ECDSA-SHA256`, `Ed25519`, …, or the object identifier.
    #[serde(default)]
    pub sig_alg: String,
    /// Basic constraints say that it may sign others.
    #[serde(default)]
    pub is_ca: bool,
    /// Subject and issuer are the same name, and its own key verifies it where that can be told.
    #[serde(default)]
    pub self_signed: bool,
    /// SHA-256 of the public key, hex: the same key in two places has the same.
    #[serde(default)]
    pub spki_sha256: String,
    /// SHA-256 of the whole certificate, hex.
    #[serde(default)]
    pub sha256: String,
}

/// A chain as a server presents it, leaf first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The certificates, in the order of the file.
    #[serde(default)]
    pub certs: Vec<Certificate>,
    /// Each is signed by the next (a lone one always is); null where that cannot be told.
    #[serde(default)]
    pub chain_ok: Option<bool>,
    /// The private key is the leaf's; null where that cannot be told.
    #[serde(default)]
    pub key_matches: Option<bool>,
    /// Something in the file is no certificate: which block, never what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// The certificates in a PEM file; other blocks (a key, by mistake) are passed over.
#[must_use]
pub fn chain(pem: &[u8]) -> Chain {
    let mut chain = Chain::default();
    let mut ders = Vec::new();
    for (index, block) in Pem::iter_from_buffer(pem).enumerate() {
        match block {
            Ok(block) if block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE" => ders.push(block.contents),
            Ok(_) => {}
            Err(_) => {
                chain.problem = Some(format!("PEM block {} cannot be read", index + 1));
                break;
            }
        }
    }
    let mut parsed = Vec::new();
    for (index, der) in ders.iter().enumerate() {
        match X509Certificate::from_der(der) {
            Ok((_, certificate)) => {
                chain.certs.push(describe(&certificate, der));
                parsed.push(certificate);
            }
            Err(_) => {
                chain.problem.get_or_insert_with(|| format!("certificate {} cannot be read", index + 1));
            }
        }
    }
    if ders.is_empty() {
        chain.problem.get_or_insert_with(|| "no certificate in it".into());
    }
    chain.chain_ok = links(&parsed).filter(|ok| chain.problem.is_none() || !ok);
    chain
}

/// Whether a private key (PEM) belongs to the first certificate of a chain (PEM).
#[must_use]
pub fn key_matches(chain: &[u8], key: &[u8]) -> Option<bool> {
    let key = PrivateKeyDer::from_pem_slice(key).ok()?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key).ok()?;
    let public = key.public_key()?;
    let (_, of_key) = SubjectPublicKeyInfo::from_der(&public).ok()?;
    let leaf = Pem::iter_from_buffer(chain).flatten().find(|block| block.label.ends_with("CERTIFICATE"))?;
    let (_, leaf) = X509Certificate::from_der(&leaf.contents).ok()?;
    Some(of_key.subject_public_key.data == leaf.public_key().subject_public_key.data)
}

fn describe(certificate: &X509Certificate<'_>, der: &[u8]) -> Certificate {
    let (mut dns_names, mut ip_sans) = (Vec::new(), Vec::new());
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        for name in &names.value.general_names {
            match name {
                GeneralName::DNSName(name) => dns_names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => ip_sans.extend(address(bytes)),
                _ => {}
            }
        }
    }
    let key = certificate.public_key();
    let (key_alg, key_bits) = key_kind(key);
    let same_name = certificate.subject().as_raw() == certificate.issuer().as_raw();
    Certificate {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        dns_names,
        ip_sans,
        not_before: time(certificate.validity().not_before.timestamp()),
        not_after: time(certificate.validity().not_after.timestamp()),
        key_alg,
        key_bits,
        sig_alg: signature(certificate),
        is_ca: certificate.is_ca(),
        self_signed: same_name && signed_by(certificate, key) != Some(false),
        spki_sha256: hex(&Sha256::digest(key.raw)),
        sha256: hex(&Sha256::digest(der)),
    }
}

fn name(name: &X509Name<'_>) -> String {
    name.to_string()
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(std::net::Ipv4Addr::from(four).to_string());
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| std::net::Ipv6Addr::from(sixteen).to_string())
}

fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

fn key_kind(key: &SubjectPublicKeyInfo<'_>) -> (String, u64) {
    let algorithm = key.algorithm.algorithm.to_id_string();
    let bits = |bits: usize| bits as u64;
    match (algorithm.as_str(), key.parsed()) {
        (_, Ok(PublicKey::RSA(rsa))) => ("RSA".into(), bits(rsa.key_size())),
        (_, Ok(PublicKey::EC(point))) => {
            let curve =
                key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
            let size = match curve.as_deref() {
                Some("1.2.840.10045.3.1.7") => 256,
                Some("1.3.132.0.34") => 384,
                Some("1.3.132.0.35") => 521,
                _ => bits(point.key_size()),
            };
            ("ECDSA".into(), size)
        }
        ("1.3.101.112", _) => ("Ed25519".into(), 256),
        ("1.3.101.113", _) => ("Ed448".into(), 456),
        (_, Ok(PublicKey::DSA(_))) => ("DSA".into(), 0),
        (other, _) => (other.into(), 0),
    }
}

fn signature(certificate: &X509Certificate<'_>) -> String {
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    let hash_of_pss = || {
        // RSASSA-PSS names its hash in the first parameter; SHA-1 is the default of the standard.
        let parameters = certificate.signature_algorithm.parameters.as_ref();
        let raw = parameters.map(|any| any.data).unwrap_or_default();
        let has = |oid: &Oid<'_>| raw.windows(oid.as_bytes().len()).any(|window| window == oid.as_bytes());
        [
            (&x509_parser::oid_registry::OID_NIST_HASH_SHA512, "SHA512-RSAPSS"),
            (&x509_parser::oid_registry::OID_NIST_HASH_SHA384, "SHA384-RSAPSS"),
            (&x509_parser::oid_registry::OID_NIST_HASH_SHA256, "SHA256-RSAPSS"),
        ]
        .into_iter()
        .find(|(oid, _)| has(oid))
        .map_or("SHA1-RSAPSS", |(_, name)| name)
    };
    match oid.as_str() {
        "1.2.840.113549.1.1.2" => "MD2-RSA",
        "1.2.840.113549.1.1.4" => "MD5-RSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA1-RSA",
        "1.2.840.113549.1.1.14" => "SHA224-RSA",
        "1.2.840.113549.1.1.11" => "SHA256-RSA",
        "1.2.840.113549.1.1.12" => "SHA384-RSA",
        "1.2.840.113549.1.1.13" => "SHA512-RSA",
        "1.2.840.113549.1.1.10" => hash_of_pss(),
        "1.2.840.10040.4.3" => "DSA-SHA1",
        "2.16.840.1.101.3.4.3.2" => "DSA-SHA256",
        "1.2.840.10045.4.1" => "ECDSA-SHA1",
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256",
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384",
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        _ => return oid,
    }
    .into()
}

/// Whether the key signed the certificate; `None` where the algorithm is not known here.
fn signed_by(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> Option<bool> {
    match certificate.verify_signature(Some(key)) {
        Ok(()) => Some(true),
        Err(X509Error::SignatureUnsupportedAlgorithm) => None,
        // The verifier takes RSASSA-PSS with one set of parameters only: no proof of a wrong one.
        Err(_) if certificate.signature_algorithm.algorithm.to_id_string() == "1.2.840.113549.1.1.10" => None,
        // Keys that the verifier refuses for their size fail as well: no proof of a wrong one.
        Err(_) if key_kind(key).1 < 2048 && key_kind(key).0 == "RSA" => None,
        Err(_) => Some(false),
    }
}

fn links(chain: &[X509Certificate<'_>]) -> Option<bool> {
    let mut ok = if chain.is_empty() { None } else { Some(true) };
    for pair in chain.windows(2) {
        let [child, parent] = pair else { continue };
        if child.issuer().as_raw() != parent.subject().as_raw() {
            return Some(false);
        }
        match signed_by(child, parent.public_key()) {
            Some(false) => return Some(false),
            None => ok = None,
            Some(true) => {}
        }
    }
    ok
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    fn params(name: &str, sans: &[&str]) -> CertificateParams {
        let sans: Vec<String> = sans.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(sans).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2027, 3, 4);
        params
    }

    #[test]
    fn a_chain_is_described_and_its_key_recognised() {
        let mut root = params("root", &[]);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = params("leaf", &["shop.example", "*.shop.example", "10.0.0.1"]).signed_by(&key, &root).unwrap();
        let pem = format!("{}{}", leaf.pem(), root.pem());
        let chain = chain(pem.as_bytes());
        assert_eq!(chain.chain_ok, Some(true));
        assert_eq!(chain.problem, None);
        let [leaf, ca] = &chain.certs[..] else { panic!("two certificates") };
        assert!(leaf.subject.contains("CN=leaf") && leaf.issuer.contains("CN=root"), "{leaf:?}");
        assert_eq!(leaf.dns_names, ["shop.example", "*.shop.example"]);
        assert_eq!(leaf.ip_sans, ["10.0.0.1"]);
        assert_eq!(
            (leaf.not_before.as_str(), leaf.not_after.as_str()),
            ("2026-01-02T00:00:00Z", "2027-03-04T00:00:00Z")
        );
        assert_eq!((leaf.key_alg.as_str(), leaf.key_bits, leaf.sig_alg.as_str()), ("ECDSA", 256, "ECDSA-SHA256"));
        assert!(!leaf.is_ca && !leaf.self_signed && ca.is_ca && ca.self_signed);
        assert_eq!(super::key_matches(pem.as_bytes(), key.serialize_pem().as_bytes()), Some(true));
        let other = KeyPair::generate().unwrap();
        assert_eq!(super::key_matches(pem.as_bytes(), other.serialize_pem().as_bytes()), Some(false));
        assert_eq!(super::key_matches(pem.as_bytes(), b"nonsense"), None);
    }

    #[test]
    fn a_broken_chain_is_told_from_one_that_cannot_be_read() {
        let one = params("one", &["a.example"]).self_signed(&KeyPair::generate().unwrap()).unwrap();
        let two = params("two", &["b.example"]).self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert_eq!(chain(format!("{}{}", one.pem(), two.pem()).as_bytes()).chain_ok, Some(false));
        let none = chain(b"-----BEGIN CERTIFICATE-----\nTk9ORQ==\n-----END CERTIFICATE-----\n");
        assert_eq!((none.chain_ok, none.certs.len()), (None, 0));
        assert_eq!(none.problem.as_deref(), Some("certificate 1 cannot be read"));
        assert_eq!(chain(b"").problem.as_deref(), Some("no certificate in it"));
    }
}
