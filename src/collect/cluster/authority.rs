//! The certificates of an authority.

use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// The certificates of a PEM bundle.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(pem).map(|der| der.map(|der| der.to_vec())).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err("the certificate authority holds no certificate".into()),
    }
}
