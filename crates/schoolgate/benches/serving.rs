//! How the running product behaves: cold start, memory, and the pages of a question under load.
//!
//! For: the levels of issue 2. Promises: the real binary on a fresh demo school, over real sockets; beside it a bare axum server with one
//! constant page, which this program becomes when it is called with `--bare`, driven by the same clients in the same run.
//! Does not: judge. Figures of a busy machine are figures of a busy machine, so the load stands in the title.

#[path = "serving/client.rs"]
mod client;
#[path = "measure/mod.rs"]
mod measure;
#[path = "../tests/browser/site.rs"]
mod site;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use client::Journey;
use measure::{Row, Times, print, shown};
use site::Site;

const CLIENTS: usize = 50;
const LOAD: Duration = Duration::from_secs(8);
const STARTS: usize = 10;
const START_MAX: Duration = Duration::from_millis(300);
const IDLE_MB_MAX: f64 = 60.0;

fn main() {
    if std::env::args().any(|word| word == "--bare") {
        return bare();
    }
    // The client asks for one even where it only speaks plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure_all());
}

async fn measure_all() {
    let bare = Bare::start();
    let site = Site::start();
    let journey = Journey::sign_in(&site.address).await;
    let idle = megabytes(site.child.id());
    let (ours, theirs) =
        (journey.under_load(CLIENTS, LOAD).await, client::constant_page(&bare.address, CLIENTS, LOAD).await);
    let busy = megabytes(site.child.id());
    let rows = vec![
        start_row(),
        Row::new("memory, idle after signing in", format!("{idle:.1} MB"))
            .beside(format!("bare axum {:.1} MB", bare.idle), idle / bare.idle)
            .level(format!("under {IDLE_MB_MAX} MB"), idle < IDLE_MB_MAX),
        Row::new(format!("memory, under {CLIENTS} clients"), format!("{busy:.1} MB"))
            .beside(format!("bare axum {:.1} MB", megabytes(bare.child.id())), busy / megabytes(bare.child.id())),
        load_row("pages of a question", &ours, &theirs),
    ];
    print("the running product", &rows);
}

fn load_row(what: &str, ours: &Times, bare: &Times) -> Row {
    let said = |times: &Times| {
        let rate = times.count() as f64 / LOAD.as_secs_f64();
        format!("{rate:.0}/s, p50 {}, p99 {}", shown(times.percentile(50.0)), shown(times.percentile(99.0)))
    };
    let ratio = ours.percentile(50.0).as_secs_f64() / bare.percentile(50.0).as_secs_f64();
    Row::new(format!("{what}, {CLIENTS} clients"), said(ours)).beside(format!("bare axum {}", said(bare)), ratio)
}

/// From the start of the process to the line that says it is open, with a demo school that is already there.
fn start_row() -> Row {
    let first = Site::start();
    let place = first.place.clone();
    drop(first);
    let ours = Times::new((0..STARTS).map(|_| timed(|| Site::start_in(place.clone()))).collect());
    let bare = Times::new((0..STARTS).map(|_| timed(Bare::start)).collect());
    let (own, other) = (ours.percentile(50.0), bare.percentile(50.0));
    Row::new("cold start", shown(own))
        .beside(format!("bare axum {}", shown(other)), own.as_secs_f64() / other.as_secs_f64())
        .level(format!("under {}", shown(START_MAX)), own < START_MAX)
}

/// How long it takes to make something; taking it down again is not counted.
fn timed<T>(make: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    let made = make();
    let took = begun.elapsed();
    drop(made);
    took
}

/// Resident memory of a process, from the kernel.
fn megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs, on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line with the resident memory");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().expect("kilobytes");
    kilobytes / 1024.0
}

/// The smallest server of the same kind.
struct Bare {
    child: Child,
    address: String,
    idle: f64,
}

impl Bare {
    fn start() -> Self {
        let own = std::env::current_exe().expect("this program's own file");
        let mut child =
            Command::new(own).arg("--bare").stdout(Stdio::piped()).spawn().expect("this program starts again");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let idle = megabytes(child.id());
        Self { child, address: line.trim().to_owned(), idle }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bare() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let page = axum::response::Html("<!doctype html><title>Page</title><h1>Page</h1>");
        let routes = axum::Router::new().route("/", axum::routing::get(move || async move { page }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("http://{}", listener.local_addr().expect("an address"));
        std::io::stdout().flush().expect("the line is read");
        axum::serve(listener, routes).await.expect("it serves until it is ended");
    });
}
