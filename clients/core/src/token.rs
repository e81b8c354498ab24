use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Error, Result};

/// Tokens are replaced this long before they expire, so that none expires under way.
const MARGIN: Duration = Duration::from_secs(60);

/// A short-lived access token, as the vendor has just given it.
#[derive(Debug)]
pub struct Token {
    /// The token itself.
    pub secret: SecretString,
    /// How long the vendor says that it is good for.
    pub expires_in: Duration,
}

/// Holds one account's token, fetched by one caller at a time.
#[derive(Debug, Default)]
pub struct TokenCache(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    token: Option<(SecretString, Instant)>,
    failure: Option<(Error, Instant)>,
}

impl TokenCache {
    /// The cached token, or a fetched one. Callers that come while another is fetching wait for it and
    /// share what it got, failure included: a vendor that is down is asked once, not once per caller.
    pub async fn get(&self, fetch: impl AsyncFnOnce() -> Result<Token>) -> Result<SecretString> {
        let asked = Instant::now();
        let mut state = self.0.lock().await;
        if let Some((secret, good_until)) = &state.token
            && Instant::now() < *good_until
        {
            return Ok(secret.clone());
        }
        if let Some((error, at)) = &state.failure
            && *at > asked
        {
            return Err(error.clone());
        }
        match fetch().await {
            Ok(Token { secret, expires_in }) => {
                let good_until = Instant::now() + expires_in.saturating_sub(MARGIN);
                *state = State { token: Some((secret.clone(), good_until)), failure: None };
                Ok(secret)
            }
            Err(error) => {
                state.failure = Some((error.clone(), Instant::now()));
                Err(error)
            }
        }
    }

    /// Forgets a token that the vendor refused, unless another caller has replaced it already.
    pub async fn forget(&self, refused: &SecretString) {
        let mut state = self.0.lock().await;
        if let Some((secret, _)) = &state.token
            && secret.expose_secret() == refused.expose_secret()
        {
            state.token = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fetches "token 1", "token 2", … and lets others run meanwhile.
    async fn fetch(count: &AtomicU32) -> Result<Token> {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        Ok(Token { secret: format!("token {number}").into(), expires_in: Duration::from_secs(3600) })
    }

    async fn get(cache: &TokenCache, count: &AtomicU32) -> String {
        let secret = cache.get(async || fetch(count).await).await.unwrap();
        secret.expose_secret().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn is_kept_until_a_minute_before_it_expires() {
        let (cache, count) = (TokenCache::default(), AtomicU32::new(0));
        assert_eq!(get(&cache, &count).await, "token 1");
        tokio::time::advance(Duration::from_secs(3539)).await;
        assert_eq!(get(&cache, &count).await, "token 1");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(get(&cache, &count).await, "token 2");
    }

    #[tokio::test]
    async fn is_fetched_once_for_many_callers() {
        let (cache, count) = (TokenCache::default(), AtomicU32::new(0));
        let (first, second) = tokio::join!(get(&cache, &count), get(&cache, &count));
        assert_eq!((first.as_str(), second.as_str()), ("token 1", "token 1"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_with_those_who_waited_only() {
        let (cache, count) = (TokenCache::default(), AtomicU32::new(0));
        let fail = async || {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1)).await;
            Err(Error::Unavailable { detail: "down".to_owned(), sent: true })
        };
        let (first, second) = tokio::join!(cache.get(fail), cache.get(fail));
        assert!(first.is_err() && second.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(get(&cache, &count).await, "token 2");
    }

    #[tokio::test]
    async fn only_the_refused_token_is_forgotten() {
        let (cache, count) = (TokenCache::default(), AtomicU32::new(0));
        let first = get(&cache, &count).await;
        cache.forget(&first.clone().into()).await;
        assert_eq!(get(&cache, &count).await, "token 2");
        cache.forget(&first.into()).await;
        assert_eq!(get(&cache, &count).await, "token 2");
    }
}
