//! An authority, and what a server of loopback needs to speak TLS by it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A certificate authority, and a server's certificate by it.
pub struct Authority {
    pub pem: String,
    pub acceptor: TlsAcceptor,
}

impl Authority {
    /// The name has to be another than the certificate's: OpenSSL takes equal ones for self-signed.
    pub fn new(name: &str) -> Self {
        let authority =
            CertifiedIssuer::self_signed(params_of(name), KeyPair::generate().expect("a key")).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate =
            CertificateParams::new(names).expect("names").signed_by(&key, &authority).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions that ring has")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate and its key");
        Self { pem: authority.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

/// What an authority of that name says of itself.
pub fn params_of(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
