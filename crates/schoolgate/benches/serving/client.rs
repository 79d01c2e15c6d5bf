//! Many browsers at once, as far as a server can tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::task::JoinSet;

use crate::measure::Times;

/// A signed-in teacher and one page in the middle of a question.
pub(crate) struct Journey {
    client: Client,
    page: String,
}

impl Journey {
    pub(crate) async fn sign_in(address: &str) -> Self {
        let client = Client::builder().cookie_store(true).build().expect("a client");
        let form = [("address", "ada@oakfield.test"), ("password", schoolgate::demo::PASSWORD)];
        let entered =
            client.post(format!("{address}/sign-in")).form(&form).send().await.expect("the sign-in page answers");
        assert!(entered.status().is_success(), "signing in: {}", entered.status());
        let page = format!("{address}/questions/connect-accept");
        let seen = client.get(&page).send().await.expect("the question answers");
        assert!(seen.status().is_success(), "the first question: {}", seen.status());
        Self { client, page }
    }

    /// The first question, again and again: session, access rule, facts, ruling, template.
    pub(crate) async fn under_load(&self, clients: usize, long: Duration) -> Times {
        load(&self.client, &self.page, clients, long).await
    }
}

pub(crate) async fn constant_page(address: &str, clients: usize, long: Duration) -> Times {
    load(&Client::builder().build().expect("a client"), address, clients, long).await
}

async fn load(client: &Client, page: &str, clients: usize, long: Duration) -> Times {
    let page: Arc<str> = page.into();
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (client, page) = (client.clone(), Arc::clone(&page));
        running.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < long {
                let at = Instant::now();
                let answer = client.get(&*page).send().await.expect("an answer");
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.expect("a whole answer");
                times.push(at.elapsed());
            }
            times
        });
    }
    Times::new(running.join_all().await.concat())
}
