//! Whose certificates are trusted: whom the platform trusts, or `SSL_CERT_FILE` and `SSL_CERT_DIR` in its place.
//!
//! A platform has some 150 authorities, often twice: in one file, and in a folder with a file for each. The usual
//! reader takes both, letter by letter, which was most of a start's instructions. Here the one file is enough, and
//! base64 is read in wide steps; whatever is unusual goes the usual way.

use std::{env, fs, iter, path::PathBuf};

use rustls::{RootCertStore, pki_types::CertificateDer};

const FILE: &str = "SSL_CERT_FILE";
const FOLDER: &str = "SSL_CERT_DIR";

/// The authorities that are trusted; none where there is nothing to be read.
#[must_use]
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    if env::var_os(FOLDER).is_none()
        && let Some(file) = env::var_os(FILE).map(PathBuf::from).or_else(|| openssl_probe::probe().cert_file)
        && let Ok(pem) = fs::read_to_string(file)
    {
        roots.add_parsable_certificates(certificates(&pem));
    }
    if roots.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    roots
}

/// The certificates of a PEM text. What is something else, or cannot be read, is passed over.
fn certificates(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    // `-----BEGIN CERTIFICATE-----`, base64, `-----END CERTIFICATE-----`: no dash but around the labels.
    let mut parts = pem.split('-').filter(|part| !part.is_empty());
    let blocks = iter::from_fn(move || {
        parts.find(|part| *part == "BEGIN CERTIFICATE")?;
        Some((parts.next()?, parts.next()?))
    });
    blocks.filter(|(_, label)| *label == "END CERTIFICATE").filter_map(|(base64, _)| {
        let one_line: String = base64.lines().collect();
        base64_simd::forgiving_decode_to_vec(one_line.as_bytes()).ok().map(CertificateDer::from)
    })
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    /// What rustls reads, certificate by certificate.
    fn check(pem: &str, count: usize) {
        let ours: Vec<CertificateDer<'_>> = certificates(pem).collect();
        let theirs: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(pem.as_bytes()).flatten().collect();
        assert_eq!((ours.len(), &ours), (count, &theirs), "{pem}");
    }

    #[test]
    fn what_is_read_is_what_rustls_reads() {
        let [one, two] = ["a", "b"].map(|name| generate_simple_self_signed([name.to_owned()]).unwrap());
        let key = one.signing_key.serialize_pem();
        let (one, two) = (one.cert.pem(), two.cert.pem());
        check("", 0);
        check("nothing - at ----- all", 0);
        check(&one, 1);
        check(&format!("{one}{two}"), 2);
        check(one.trim_end(), 1);
        check(&format!("{one}\n\n{two}").replace('\n', "\r\n"), 2);
        check(&format!("# Főtanúsítvány - one of two\n========\n{one}{key}Two:\n{two}-- the end --\n"), 2);
        check(&one.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), 0);
        check(&format!("{one}{}{two}", one.replace("\nMII", "\nM*I")), 2);
        let cut_off = one.replace("-----END CERTIFICATE-----\n", "");
        check(&cut_off, 0);
        check(&format!("{cut_off}{key}"), 0);
    }

    #[test]
    fn a_platforms_bundle_is_read_whole() {
        if let Some(pem) = openssl_probe::probe().cert_file.and_then(|file| fs::read_to_string(file).ok()) {
            check(&pem, pem.matches("BEGIN CERTIFICATE").count());
        }
    }
}
