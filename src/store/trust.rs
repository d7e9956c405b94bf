//! Which certificate authorities are trusted: those of a file that the user named, those of
//! `SSL_CERT_FILE`, or the web's, which are in the binary.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use ureq::tls::{Certificate, RootCerts};

use super::Failure;

/// A variable that names a file, where it is set.
pub(super) fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The authorities of a file; without one those of `SSL_CERT_FILE`; without that the web's.
///
/// # Errors
/// A file that cannot be read, or holds no certificate. It is named, and nothing is trusted instead.
pub(super) fn roots(ca: Option<&Path>) -> Result<RootCerts, Failure> {
    let variable = named("SSL_CERT_FILE");
    let Some(path) = ca.or(variable.as_deref()) else { return Ok(RootCerts::WebPki) };
    let word = if ca.is_some() { "ca" } else { "SSL_CERT_FILE" };
    let wrong = |why: String| Failure::firm(format!("{word} {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.kind().to_string()))?;
    let found: Vec<Certificate<'static>> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .map(|der| Certificate::from_der(&der).to_owned())
        .collect();
    if found.is_empty() {
        return Err(wrong("holds no certificate in PEM".into()));
    }
    Ok(RootCerts::Specific(Arc::new(found)))
}
