//! A server that gives scripted replies, one per connection, and remembers what it was asked.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers beside `Content-Length` and `Connection`.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// Reads the request and closes the connection.
    Reset,
    /// Reads the request and never answers.
    Silence,
    /// Announces a longer body than it sends, then closes.
    CutShort,
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// Request line and headers, as sent.
    pub head: String,
    /// The body.
    pub body: String,
}

/// The running server; it ends when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_owned() }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

impl Server {
    /// Listens on a free port of this machine and gives these replies in turn.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(io::Error::other)?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let replies = VecDeque::from_iter(replies);
        let task = tokio::spawn(serve(listener, replies, Arc::clone(&requests)));
        Ok(Self { url, requests, task })
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, mut replies: VecDeque<Reply>, requests: Arc<Mutex<Vec<Request>>>) {
    let mut silent = Vec::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let Ok(request) = read(&mut stream).await else { continue };
        requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let reply = replies.pop_front().unwrap_or_else(|| Reply::json(599, "\"the script has no reply left\""));
        let bytes = match reply {
            Reply::Answer { status, headers, body } => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let length = body.len();
                format!(
                    "HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                )
            }
            Reply::CutShort => {
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"data\":".to_owned()
            }
            Reply::Reset => continue,
            Reply::Silence => {
                silent.push(stream);
                continue;
            }
        };
        // A client that has gone away is no concern of the script.
        let _ = stream.write_all(bytes.as_bytes()).await;
    }
}

async fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let request = Request { head: head.replace("\r\n", "\n"), body: body.to_owned() };
        let length = request.header("content-length").and_then(|length| length.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(request);
        }
    }
}
