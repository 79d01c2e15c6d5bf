//! Commands that serve: a school's own place, and the demo.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Settings, config_of, failed, with_config};
use crate::app::App;
use crate::config::Config;
use crate::demo;
use crate::error::{Error, Result};
use crate::jobs;
use crate::routes;
use crate::web::{assets, knock, server};

#[derive(Args)]
pub(super) struct Demo {
    /// Folder of the demo school
    #[arg(long, value_name = "FOLDER", default_value = "demo")]
    data: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    address: String,
    /// Make the demo school and do not serve it
    #[arg(long)]
    make_only: bool,
}

pub(super) fn demo(given: &Demo) -> std::result::Result<ExitCode, ExitCode> {
    if given.make_only {
        return make_demo(given);
    }
    if !given.data.exists() {
        make_demo_apart(given)?;
    }
    with_config(demo_config(given, &given.data)?, async |app: App| {
        demo::expect(&app).await?;
        serve_until_stopped(app, |app| {
            let _ = writeln!(std::io::stdout(), "{}", demo::welcome(app));
        })
        .await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the demo school beside its folder first, so that the folder holds a whole school or is not there.
fn make_demo(given: &Demo) -> std::result::Result<ExitCode, ExitCode> {
    if given.data.exists() {
        let folder = given.data.display();
        return Err(failed(&Error::Invalid(format!("the folder {folder} is there already").into())));
    }
    let unfinished = demo::unfinished(&given.data);
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(|error| failed(&Error::unavailable("the folder", error)))?;
    }
    with_config(demo_config(given, &unfinished)?, async |app: App| {
        demo::fill(&app, |said| {
            let _ = writeln!(std::io::stdout(), "{said}");
        })
        .await?;
        app.db.close().await;
        Ok(())
    })?;
    std::fs::rename(&unfinished, &given.data).map_err(|error| failed(&Error::unavailable("the folder", error)))?;
    Ok(ExitCode::SUCCESS)
}

/// In a process of its own: a dozen passwords and pictures take much memory, which would stay with the one that serves.
fn make_demo_apart(given: &Demo) -> std::result::Result<(), ExitCode> {
    let started = std::env::current_exe().and_then(|own| {
        Command::new(own).args(["demo", "--make-only", "--address", &given.address, "--data"]).arg(&given.data).status()
    });
    match started {
        Ok(status) if status.success() => Ok(()),
        // It has said itself what is wrong.
        Ok(status) => Err(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
        Err(error) => Err(failed(&Error::unavailable("this program", error))),
    }
}

fn demo_config(given: &Demo, data: &Path) -> std::result::Result<Config, ExitCode> {
    let quiet = [("log.form", "text"), ("log.level", "warn")];
    let settings = Settings {
        data: Some(data.display().to_string()),
        address: Some(given.address.clone()),
        set: quiet.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
        ..Settings::default()
    };
    // Whatever the variables say, a demo is kept in its own folder and never in a real database.
    Ok(config_of(&settings)?.moved_to(data))
}

pub(super) async fn serve(app: App) -> Result<()> {
    serve_until_stopped(app, |_| ()).await
}

/// Serves, and does `opened` once anybody can connect.
async fn serve_until_stopped(app: App, opened: impl FnOnce(&App)) -> Result<()> {
    if !assets::are_built() {
        tracing::warn!("no style sheet: pages will look bare; run `make assets`");
    }
    jobs::begin(&app).await?;
    let running = server::start(&app.config.server, routes::all(app.clone())).await?;
    tracing::info!(address = %running.address, url = %app.config.server.public_url, "listening");
    opened(&app);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(jobs::work(app.clone(), stopped));
    told_to_stop().await?;
    tracing::info!("stopping");
    // Nobody listens only if the worker has ended already.
    let _ = stop.send(true);
    running.stop();
    running.ended().await?;
    if tokio::time::timeout(jobs::STOP_TIME_MAX, working).await.is_err() {
        tracing::warn!("a job did not end in time; it will be taken up again after the next start");
    }
    app.db.close().await;
    Ok(())
}

/// Asks the address of the settings, as a watchdog would.
pub(super) fn health(settings: &Settings) -> ExitCode {
    let config = match config_of(settings) {
        Ok(config) => config,
        Err(stopped) => return stopped,
    };
    match knock::knock(&config.server) {
        Ok(()) => {
            let _ = writeln!(std::io::stdout(), "ready");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_stop() -> Result<()> {
    let listen = |kind| signal(kind).map_err(|error| Error::fault("listening for signals", error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
