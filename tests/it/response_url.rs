//! Where a response may go, and what is secret of it.

use expect_test::expect;
use resource_data_sync::cloudformation::{Requested, ResponseUrl, UrlError};
use resource_data_sync::settings::Settings;
use time::{UtcDateTime, macros::utc_datetime};

use crate::golden;

/// As CloudFormation signs it.
pub const SIGNED: &str = "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/\
    arn%3Aaws%3Acloudformation%3Aeu-west-1%3A123456789012%3Astack/s/1%7CSync%7C2?X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Date=20261123T080854Z&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential=AKIAEXAMPLEEXAMPLE12\
    %2F20261123%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Security-Token=IQoJb3JpZ2luX2VjEBc%2BaGVsbG8%3D\
    &X-Amz-Signature=0123456789abcdef0123456789abcdef&x-id=PutObject";

fn parse(url: &str, extra: &str) -> Result<ResponseUrl, UrlError> {
    let settings = Settings::read(|name| (name == "RESPONSE_URL_EXTRA_HOSTS").then(|| extra.to_owned()));
    ResponseUrl::parse(url, &settings.extra_hosts)
}

#[test]
fn only_s3_is_responded_to() {
    let table = expect![[r##"
        # In every partition and form.
        https://b.s3.amazonaws.com/x?y → ok
        https://s3.amazonaws.com/x → ok
        https://b.s3.eu-west-1.amazonaws.com/x → ok
        https://b.s3-eu-west-1.amazonaws.com/x → ok
        https://b.s3-external-1.amazonaws.com/x → ok
        https://b.s3.dualstack.eu-west-1.amazonaws.com/x → ok
        https://b.s3-fips-us-gov-west-1.amazonaws.com/x → ok
        https://b.s3-fips.dualstack.us-east-1.amazonaws.com/x → ok
        https://b.bucket.vpce-0a1b2c3d-4e5f6a7b-eu-west-1a.s3.eu-west-1.vpce.amazonaws.com/x → ok
        https://b.s3.cn-north-1.amazonaws.com.cn/x → ok
        https://b.s3.us-iso-east-1.c2s.ic.gov/x → ok
        https://b.s3.us-isob-east-1.sc2s.sgov.gov/x → ok
        https://b.s3.eu-isoe-west-1.cloud.adc-e.uk/x → ok
        https://b.s3.us-isof-south-1.csp.hci.ic.gov/x → ok
        https://b.s3.eusc-de-east-1.amazonaws.eu/x → ok
        https://B.S3.EU-WEST-1.AMAZONAWS.COM/x → ok
        https://b.s3.amazonaws.com:443/x → ok
        # Nowhere else.
        http://b.s3.amazonaws.com/x → NotHttps
        https://b.s3.amazonaws.com:8443/x → ForeignHost { host: "b.s3.amazonaws.com" }
        https://example.com/x?b.s3.amazonaws.com → ForeignHost { host: "example.com" }
        https://eu-west-1.amazonaws.com/x → ForeignHost { host: "eu-west-1.amazonaws.com" }
        https://s3-1234567890.eu-west-1.elb.amazonaws.com/x
          → ForeignHost { host: "s3-1234567890.eu-west-1.elb.amazonaws.com" }
        https://s3.execute-api.amazonaws.com/x → ForeignHost { host: "s3.execute-api.amazonaws.com" }
        https://b.s3-website-eu-west-1.amazonaws.com/x
          → ForeignHost { host: "b.s3-website-eu-west-1.amazonaws.com" }
        https://s3-evil.amazonaws.com/x → ForeignHost { host: "s3-evil.amazonaws.com" }
        https://s3-evil.eu-west-1.amazonaws.com/x → ForeignHost { host: "s3-evil.eu-west-1.amazonaws.com" }
        https://b.s3x.eu-west-1.amazonaws.com/x → ForeignHost { host: "b.s3x.eu-west-1.amazonaws.com" }
        https://x.vpce-0a1b.execute-api.eu-west-1.vpce.amazonaws.com/x
          → ForeignHost { host: "x.vpce-0a1b.execute-api.eu-west-1.vpce.amazonaws.com" }
        https://s3.eu-west-1.vpce.amazonaws.com/x → ForeignHost { host: "s3.eu-west-1.vpce.amazonaws.com" }
        https://.s3.amazonaws.com/x → ForeignHost { host: ".s3.amazonaws.com" }
        https://b.s3.evilamazonaws.com/x → ForeignHost { host: "b.s3.evilamazonaws.com" }
        https://b.s3.amazonaws.com.example.com/x → ForeignHost { host: "b.s3.amazonaws.com.example.com" }
        https://b.s3.amazonaws.com./x → ForeignHost { host: "b.s3.amazonaws.com." }
        # No URL.
        nonsense → Malformed
        https:// → Malformed
        https:///x → Malformed
        file:///etc/passwd → Malformed
        https://s3.amazonaws.com@example.com/x → Malformed
        https://user:password@b.s3.amazonaws.com/x → Malformed
        https://b.s3.amazonaws.com:/x → Malformed
        https://b.s3.amazonaws.com:99999/x → Malformed
        https://b.s3.amazonaws.com/x#y → Malformed
        https://b.s3.amazonaws.com /x → Malformed
    "##]];
    golden::check(&table, |line| match parse(line, "") {
        _ if line.starts_with('#') => Vec::new(),
        Ok(_) => vec!["ok".to_owned()],
        Err(error) => vec![format!("{error:?}")],
    });
}

#[test]
fn extra_hosts_are_exact_or_have_a_wildcard() {
    let extra = " 127.0.0.1, LOCALHOST:9000 ,,[::1],*.example.test,.local.test:4566,*, .";
    for (url, is_listed) in [
        ("http://127.0.0.1:8080/x", true),
        ("https://127.0.0.1/x", true),
        ("http://localhost:9000/x", true),
        ("https://LocalHost:9000/x", true),
        ("http://localhost:9001/x", false),
        ("http://localhost/x", false),
        ("http://[::1]:1/x", true),
        ("http://[::2]:1/x", false),
        ("http://a.example.test/x", true),
        ("http://a.b.example.test:81/x", true),
        ("http://example.test/x", false),
        ("http://.example.test/x", false),
        ("http://badexample.test/x", false),
        ("http://a.local.test:4566/x", true),
        ("http://a.local.test/x", false),
        ("http://anything/x", false),
    ] {
        assert_eq!(parse(url, extra).is_ok(), is_listed, "{url}");
    }
    assert!(parse("http://localhost/x", "localhost:80").is_ok(), "the port that a scheme stands for");
}

#[test]
fn each_error_says_that_nothing_was_changed() {
    let table = expect![[r#"
        x → The event's ResponseURL is not a URL: no response can be sent, and nothing was changed.
        https://example.com/x?X-Amz-Signature=0123456789
          → The event's ResponseURL is on example.com, which is not a host of Amazon S3: no response was sent, and nothing was changed. For local runs, list the host in RESPONSE_URL_EXTRA_HOSTS.
        http://s3.amazonaws.com/x
          → The event's ResponseURL is not https: no response was sent, and nothing was changed.
    "#]];
    golden::check(&table, |url| vec![parse(url, "").unwrap_err().to_string()]);
    expect!["The event has no ResponseURL: no response can be sent, and nothing was changed."]
        .assert_eq(&UrlError::Missing.to_string());
}

#[test]
fn the_url_says_when_the_request_was_made() {
    let check = |query: &str, signed_at: Option<UtcDateTime>, two_hours_before_expiry: Option<UtcDateTime>| {
        let url = parse(&format!("https://b.s3.amazonaws.com/x?{query}"), "").unwrap();
        assert_eq!(url.requested(), Requested { signed_at, two_hours_before_expiry }, "{query}");
    };
    check("X-Amz-Date=20261123T080854Z&x=1", Some(utc_datetime!(2026-11-23 08:08:54)), None);
    check("a&x-amz-date=20261123T080854Z", Some(utc_datetime!(2026-11-23 08:08:54)), None);
    check("AWSAccessKeyId=A&Expires=1795428534&Signature=b", None, Some(utc_datetime!(2026-11-23 08:08:54)));
    for odd in [
        "",
        "X-Amz-Date=soon",
        "X-Amz-Date=20261323T080854Z",
        "X-Amz-Date=20261123T080854",
        "X-Amz-Date=",
        "Expires=x",
        "Expires=9223372036854775807",
        "Expires=-9223372036854775808",
    ] {
        check(odd, None, None);
    }
}

#[test]
fn no_secret_part_of_the_url_survives() {
    let url = parse(SIGNED, "").unwrap();
    let query = SIGNED.split_once('?').unwrap().1;
    for quote in [
        SIGNED,
        query,
        "0123456789abcdef0123456789abcdef",
        "AKIAEXAMPLEEXAMPLE12%2F20261123%2Feu-west-1%2Fs3%2Faws4_request",
        "AKIAEXAMPLEEXAMPLE12/20261123/eu-west-1/s3/aws4_request",
        "AKIAEXAMPLEEXAMPLE12",
        "IQoJb3JpZ2luX2VjEBc%2BaGVsbG8%3D",
        "IQoJb3JpZ2luX2VjEBc+aGVsbG8=",
    ] {
        assert_eq!(url.redact(&format!("SSM said «{quote}{quote}».")), "SSM said «[response URL][response URL]».");
    }
    let older = parse("https://b.s3.amazonaws.com/x?AWSAccessKeyId=AKIAEXAMPLE&Expires=1795428534&Signature=a%2Bb%2Fcdef%3D&x-amz-security-token=session-token", "").unwrap();
    for quote in ["AKIAEXAMPLE", "a%2Bb%2Fcdef%3D", "a+b/cdef=", "session-token"] {
        assert_eq!(older.redact(quote), "[response URL]");
    }
    assert_eq!(
        format!("{url:?}"),
        "ResponseUrl(cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com)"
    );
}

#[test]
fn what_is_no_secret_stays_in_words() {
    let words = "s3:PutObject in eu-west-1 at 20261123T080854Z by AWS4-HMAC-SHA256, 7200 s, aws4_request, host";
    assert_eq!(parse(SIGNED, "").unwrap().redact(words), words);
    // Nor does a stand-in's short query.
    let short = parse("http://h/x?y&signature=abc&token=", "h").unwrap();
    assert_eq!(short.redact("why, abc, y&signature"), "why, abc, y&signature");
}
