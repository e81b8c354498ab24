//! What becomes of a request whose answer does not come.
#![cfg(test)]

use std::time::Duration;

use client_core::test_server::{Reply, Server};
use client_core::{Error, Http};
use reqwest::Method;

async fn send(timeout: Duration, reply: Reply) -> (Result<client_core::Answer, Error>, usize) {
    let server = Server::start([reply]).await.unwrap();
    let http = Http::new(timeout).unwrap();
    let request = http.request(Method::POST, server.url.clone()).body("x");
    (http.send(request, "ping").await, server.requests().len())
}

const LONG: Duration = Duration::from_secs(10);

fn unavailable(result: Result<client_core::Answer, Error>) -> (String, bool) {
    match result.unwrap_err() {
        Error::Unavailable { detail, sent } => (detail, sent),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let http = Http::new(LONG).unwrap();
    let request = http.request(Method::GET, url.parse().unwrap());
    let (detail, sent) = unavailable(http.send(request, "ping").await);
    assert!(detail.starts_with("ping: no connection: "), "{detail}");
    assert!(!sent);
}

#[tokio::test]
async fn a_lost_connection_may_have_sent_it_and_is_not_repeated() {
    let (result, requests) = send(LONG, Reply::Reset).await;
    let (detail, sent) = unavailable(result);
    assert!(detail.starts_with("ping: connection lost: "), "{detail}");
    assert!(sent);
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn an_answer_cut_short_may_have_been_a_success() {
    assert!(unavailable(send(LONG, Reply::CutShort).await.0).1);
}

#[tokio::test]
async fn a_timeout_may_have_sent_it() {
    let (result, _) = send(Duration::from_millis(50), Reply::Silence).await;
    assert_eq!(unavailable(result), ("ping: no answer within 50ms".to_owned(), true));
}

#[tokio::test]
async fn redirects_are_answers_not_instructions() {
    let reply = Reply::json(302, "").with("Location", "http://example.invalid/").with("Retry-After", "1.5");
    let answer = send(LONG, reply).await.0.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.retry_after(), Some(Duration::from_millis(1500)));
}
