//! Commands about keys: changing them while everything runs.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Settings, tell, with_app};

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Seal with new keys from now on; what was sealed before still opens
    Rotate(Settings),
    /// Wrap all keys by the present master key, with the former one given as keys.earlier_master or keys.earlier_passphrase
    Rewrap(Settings),
}

pub(super) fn keys(command: &KeysCommand) -> ExitCode {
    match command {
        KeysCommand::Rotate(settings) => with_app(settings, |app| async move {
            let count = app.sealer.rotate_all(&app.db).await?;
            tell(vec![format!("New keys: {count}. What was sealed before still opens with the older ones.")])
        }),
        KeysCommand::Rewrap(settings) => with_app(settings, |app| async move {
            let count = app.sealer.rewrap(&app.db).await?;
            tell(vec![
                format!("Keys wrapped anew: {count}."),
                "The earlier master key is needed now only for backups made before.".to_owned(),
            ])
        }),
    }
}
