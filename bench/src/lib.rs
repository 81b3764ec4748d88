//! As much of HTTP/1.1 as both sides need: whole messages, each with the length of its body.

use std::io::{self, BufRead, BufReader, Read, Write};

pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

pub struct Connection(BufReader<Box<dyn Stream>>);

/// A request or a response: its first line and its headers, each with its line's end, and its body.
#[derive(Debug)]
pub struct Message {
    pub head: String,
    pub body: Vec<u8>,
}

impl Message {
    pub fn new(head: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { head: head.into(), body: body.into() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Connection {
    pub fn new(stream: impl Stream + 'static) -> Self {
        Self(BufReader::new(Box::new(stream)))
    }

    pub fn send(&mut self, Message { head, body }: &Message) -> io::Result<()> {
        let mut bytes = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        self.0.get_mut().write_all(&bytes)?;
        self.0.get_mut().flush()
    }

    /// An error, too, where the connection has ended.
    pub fn receive(&mut self) -> io::Result<Message> {
        let mut message = Message::new("", []);
        while self.0.read_line(&mut message.head)? > "\r\n".len() {}
        if message.head.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = message.header("content-length").and_then(|length| length.parse().ok());
        message.body.resize(length.unwrap_or(0), 0);
        self.0.read_exact(&mut message.body)?;
        Ok(message)
    }
}
