//! Signature Version 4 for one POST of AWS JSON 1.1.

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use ring::{digest, hmac};

pub struct Credentials {
    pub key_id: String,
    pub secret: String,
    pub token: String,
}

pub struct Signer {
    pub credentials: Credentials,
    pub host: String,
    pub region: String,
}

impl Signer {
    /// The whole request, signed.
    pub fn post(&self, operation: &str, body: &[u8], now: SystemTime) -> Vec<u8> {
        let Self { credentials, host, region } = self;
        let time = amz_date(now.duration_since(UNIX_EPOCH).expect("this era").as_secs());
        let day = &time[..8];
        let token = &credentials.token;
        let target = format!("AmazonSSM.{operation}");
        let digest = hex(digest::digest(&digest::SHA256, body).as_ref());
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{time}\nx-amz-security-token:{token}\n\
             x-amz-target:{target}\n\ncontent-type;host;x-amz-date;x-amz-security-token;x-amz-target\n{digest}"
        );
        let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let scope = format!("{day}/{region}/ssm/aws4_request");
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
        let mut key = sign(format!("AWS4{}", credentials.secret).as_bytes(), day);
        for part in [region, "ssm", "aws4_request"] {
            key = sign(key.as_ref(), part);
        }
        let signature = hex(sign(key.as_ref(), &to_sign).as_ref());
        let mut request = format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
             x-amz-target: {target}\r\nx-amz-date: {time}\r\nx-amz-security-token: {token}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={}/{scope}, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature={signature}\r\n\r\n",
            body.len(),
            credentials.key_id,
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }
}

fn sign(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `20261123T080000Z`.
fn amz_date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days since 0000-03-01, in eras of 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (era * 400 + year, month + 3) } else { (era * 400 + year + 1, month - 9) };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{date:02}T{hour:02}{minute:02}{second:02}Z")
}
