//! Messages on a pipe: reading that survives whatever comes, and the one thread that writes.
//!
//! A message that is no JSON-RPC gets an error for an answer, and the next one is read. Only a header that does not say how
//! long its message is ends the reading: nobody knows where the next one begins.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// The longest message that is taken, in bytes.
pub const LONGEST: u64 = 64 << 20;
/// The longest header that is taken, in bytes.
const HEADER: u64 = 64 << 10;

/// What was read.
#[derive(Debug)]
pub enum Taken {
    /// A message.
    Message(Message),
    /// What is no message, and the answer that it gets, as JSON.
    Refused(Value),
}

/// Reads one message; `None` at the end.
///
/// # Errors
/// When the pipe breaks, or a header makes no sense.
pub fn read(from: &mut impl BufRead) -> io::Result<Option<Taken>> {
    let Some(length) = read_header(from)? else {
        return Ok(None);
    };
    if length > LONGEST {
        io::copy(&mut from.take(length), &mut io::sink())?;
        let words = format!("a message of {length} bytes is too long");
        return Ok(Some(refusal(
            Value::Null,
            ErrorCode::InvalidRequest,
            &words,
        )));
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Ok(None);
    }
    Ok(Some(parse(&bytes)))
}

/// The length that a header names; `None` at the end.
fn read_header(from: &mut impl BufRead) -> io::Result<Option<u64>> {
    let broken = |words: &str| io::Error::new(io::ErrorKind::InvalidData, words.to_owned());
    let mut length = None;
    let mut left = HEADER;
    loop {
        let mut line = Vec::new();
        let count = from.take(left).read_until(b'\n', &mut line)?;
        if count == 0 {
            return match left {
                0 => Err(broken("a header is too long")),
                HEADER => Ok(None),
                _ => Err(broken("a header breaks off")),
            };
        }
        left -= count as u64;
        let line = line.trim_ascii();
        if line.is_empty() {
            // Blank lines before a header harm nobody.
            if let Some(length) = length {
                return Ok(Some(length));
            }
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return Err(broken("a header line has no `:`"));
        };
        if line[..colon].eq_ignore_ascii_case(b"Content-Length") {
            let digits = std::str::from_utf8(line[colon + 1..].trim_ascii()).ok();
            let number = digits.and_then(|it| it.parse().ok());
            length = Some(number.ok_or_else(|| broken("Content-Length is no number"))?);
        }
    }
}

/// Reads the JSON of one message.
fn parse(bytes: &[u8]) -> Taken {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            // The words of the parser name a place and never quote.
            let words = format!("this is no JSON: {error}");
            return refusal(Value::Null, ErrorCode::ParseError, &words);
        }
    };
    let Value::Object(mut table) = value else {
        let words = "a message is an object";
        return refusal(Value::Null, ErrorCode::InvalidRequest, words);
    };
    let id = table.remove("id");
    let method = match table.remove("method") {
        Some(Value::String(method)) => Some(method),
        None => None,
        Some(_) => {
            let words = "`method` is no word";
            return refusal(id.unwrap_or_default(), ErrorCode::InvalidRequest, words);
        }
    };
    let params = table.remove("params").unwrap_or_default();
    let known = id.as_ref().and_then(request_id);
    match (method, id, known) {
        (Some(method), None, _) => Taken::Message(Notification { method, params }.into()),
        (Some(method), Some(_), Some(id)) => Taken::Message(Request { id, method, params }.into()),
        (None, _, Some(id)) => {
            let failed = table.remove("error");
            let response = match failed {
                Some(error) => {
                    let words = error.get("message").and_then(Value::as_str);
                    let code = ErrorCode::UnknownErrorCode as i32;
                    Response::new_err(id, code, words.unwrap_or_default().to_owned())
                }
                None => Response::new_ok(id, table.remove("result").unwrap_or_default()),
            };
            Taken::Message(response.into())
        }
        (Some(_), Some(id), None) => refusal(
            id,
            ErrorCode::InvalidRequest,
            "`id` is a whole number or a word",
        ),
        (None, id, None) => {
            let words = "a message has a `method`, or is an answer";
            refusal(id.unwrap_or_default(), ErrorCode::InvalidRequest, words)
        }
    }
}

fn request_id(id: &Value) -> Option<RequestId> {
    match id {
        Value::String(word) => Some(word.clone().into()),
        Value::Number(number) => Some(i32::try_from(number.as_i64()?).ok()?.into()),
        _ => None,
    }
}

fn refusal(id: Value, code: ErrorCode, words: &str) -> Taken {
    Taken::Refused(json!({
        "jsonrpc": "2.0",
        "id": id,
        "error": { "code": code as i32, "message": words },
    }))
}

/// Where messages are written, by a thread of its own: a client that reads slowly holds nothing up.
#[derive(Debug, Clone)]
pub struct Out(Sender<Outgoing>);

#[derive(Debug)]
enum Outgoing {
    Message(Box<Message>),
    Value(Value),
}

impl Out {
    /// Starts the thread. It ends when the last `Out` is gone, or nobody reads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(mut to: impl Write + Send + 'static) -> io::Result<(Out, JoinHandle<()>)> {
        let (send, receive) = mpsc::channel::<Outgoing>();
        let writer = thread::Builder::new().name("nivis-writer".to_owned());
        let writer = writer.spawn(move || {
            for outgoing in receive {
                let written = match outgoing {
                    Outgoing::Message(message) => message.write(&mut to),
                    Outgoing::Value(value) => {
                        let text = value.to_string();
                        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len())
                            .and_then(|()| to.flush())
                    }
                };
                if written.is_err() {
                    break;
                }
            }
        })?;
        Ok((Out(send), writer))
    }

    /// Sends a message. When nobody reads any more, the reading ends as well, and with it the server.
    pub fn send(&self, message: impl Into<Message>) {
        let _ = self.0.send(Outgoing::Message(Box::new(message.into())));
    }

    /// Sends the answer to what is no message.
    pub fn refuse(&self, answer: Value) {
        let _ = self.0.send(Outgoing::Value(answer));
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn framed(text: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    }

    fn all(bytes: &[u8]) -> (Vec<String>, bool) {
        let mut from = BufReader::with_capacity(7, bytes);
        let mut found = Vec::new();
        loop {
            match read(&mut from) {
                Ok(Some(Taken::Message(Message::Request(it)))) => {
                    found.push(format!("{} {}", it.id, it.method));
                }
                Ok(Some(Taken::Message(Message::Notification(it)))) => found.push(it.method),
                Ok(Some(Taken::Message(Message::Response(it)))) => {
                    found.push(format!("{} {}", it.id, it.response_result.is_ok()));
                }
                Ok(Some(Taken::Refused(answer))) => {
                    found.push(format!("{} {}", answer["id"], answer["error"]["code"]));
                }
                Ok(None) => return (found, true),
                Err(_) => return (found, false),
            }
        }
    }

    #[test]
    fn bad_messages_are_answered_and_the_next_is_read() {
        let texts = [
            (r#"{"id":1,"method":"a"}"#, "1 a"),
            ("{", "null -32700"),
            ("[]", "null -32600"),
            ("\u{0}", "null -32700"),
            (r#"{"id":null,"method":"a"}"#, "null -32600"),
            (r#"{"id":1.5,"method":"a"}"#, "1.5 -32600"),
            (r#"{"id":7,"method":[]}"#, "7 -32600"),
            (r#"{"id":99999999999,"method":"a"}"#, "99999999999 -32600"),
            ("{}", "null -32600"),
            (r#"{"id":"x","result":null}"#, "\"x\" true"),
            (r#"{"id":2,"error":"no"}"#, "2 false"),
            (r#"{"method":"b","params":7}"#, "b"),
        ];
        let bytes: String = texts.iter().map(|(text, _)| framed(text)).collect();
        let expected: Vec<&str> = texts.iter().map(|(_, expected)| *expected).collect();
        assert_eq!(
            all(bytes.as_bytes()),
            (expected.iter().map(|it| (*it).to_owned()).collect(), true)
        );
        // Nesting is bounded by the parser, bytes that are not UTF-8 are no JSON.
        let deep = framed(&"[".repeat(100_000));
        assert_eq!(all(deep.as_bytes()).0, ["null -32700"]);
        assert_eq!(all(b"Content-Length: 2\n\n\"\xff").0, ["null -32700"]);
    }

    #[test]
    fn headers_that_make_no_sense_end_it() {
        for header in [
            "Content-Length: x\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "nonsense\r\n\r\n",
            "A: b\r\n",
        ] {
            assert_eq!(all(header.as_bytes()), (Vec::new(), false), "{header}");
        }
        assert!(!all(&[b'x'; 100_000]).1);
        assert!(!all("\r\n".repeat(100_000).as_bytes()).1);
        assert_eq!(all(b""), (Vec::new(), true));
        assert_eq!(all(b"Content-Length: 9\r\n\r\n{}"), (Vec::new(), true));
        let kind = "content-length:21\r\nContent-Type: x\r\n\r\n{\"id\":1,\"method\":\"a\"}";
        assert_eq!(all(kind.as_bytes()).0, ["1 a"]);
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let length = LONGEST + 1;
        let head = format!("Content-Length: {length}\r\n\r\n").into_bytes();
        let body = io::repeat(b'x').take(length);
        let tail = framed(r#"{"method":"b"}"#).into_bytes();
        let mut from = BufReader::new(head.as_slice().chain(body).chain(tail.as_slice()));
        assert!(matches!(read(&mut from), Ok(Some(Taken::Refused(_)))));
        assert!(matches!(read(&mut from), Ok(Some(Taken::Message(_)))));
    }
}
