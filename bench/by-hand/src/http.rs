//! As much of HTTP/1.1 as the calls need.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

pub struct Url {
    pub authority: String,
    pub target: String,
    secure: bool,
}

pub struct Connection(BufReader<Box<dyn Stream>>);

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Url {
    pub fn read(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a scheme");
        let (authority, target) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        Self { authority: authority.to_owned(), target: target.to_owned(), secure: scheme == "https" }
    }

    fn address(&self) -> (&str, u16) {
        match self.authority.split_once(':') {
            Some((host, port)) => (host, port.parse().expect("a port")),
            None => (&self.authority, if self.secure { 443 } else { 80 }),
        }
    }
}

impl Connection {
    pub fn open(url: &Url, tls: &Arc<ClientConfig>) -> Self {
        let (host, port) = url.address();
        let tcp = TcpStream::connect((host, port)).expect("a connection");
        tcp.set_nodelay(true).expect("no delay");
        let stream: Box<dyn Stream> = if url.secure {
            let name = ServerName::try_from(host.to_owned()).expect("a server's name");
            Box::new(StreamOwned::new(ClientConnection::new(tls.clone(), name).expect("a client"), tcp))
        } else {
            Box::new(tcp)
        };
        Self(BufReader::new(stream))
    }

    pub fn exchange(&mut self, request: &[u8]) -> Response {
        self.0.get_mut().write_all(request).expect("sent");
        self.0.get_mut().flush().expect("sent");
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.0.read_line(&mut line).expect("a header");
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim_start().to_owned()));
        }
        let mut response = Response { status, body: Vec::new(), headers };
        response.body.resize(response.header("content-length").parse().unwrap_or(0), 0);
        self.0.read_exact(&mut response.body).expect("a body");
        response
    }
}

impl Response {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}
