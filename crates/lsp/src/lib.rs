//! `nivis server`: the language server. The straight line of the engine with the editor's texts in place of the disk's.
//!
//! One thread reads, one writes, one checks, and this one decides. It writes no file (who starts it may keep schemas) and never ends because of a bad
//! message: what cannot be understood gets an error for an answer.

mod actions;
mod buffers;
mod checker;
mod client;
mod edits;
mod hover;
mod place;
mod protocol;
mod seen;
mod server;
mod uri;
mod wire;

use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use engine::{Error, Lints};
use lint_api::repo::date::Day;

use crate::wire::{Out, Taken};

/// Something that happens.
#[derive(Debug)]
enum Event {
    /// The client says something.
    Taken(Taken),
    /// The client says nothing any more.
    Closed,
    /// There is something to say of a state of things.
    Looked(checker::Looked),
    /// The edits of a fix; `None` when the document changed meanwhile.
    Fixed {
        ticket: u64,
        edits: Option<Vec<protocol::TextEdit>>,
    },
    /// Something to tell the user.
    Said(Vec<checker::Said>),
    /// Something changed on the disk that nobody told.
    Stale,
}

/// Where schemas of pinned trees are kept from one run to the next.
#[derive(Debug, Clone)]
pub struct Schemas {
    /// The folder that they are read from.
    pub folder: Option<PathBuf>,
    /// Writes what is new. It is called when there is nothing else to do.
    pub keep: fn(&engine::Settings, &engine::pins::Loaded),
}

/// Serves one client on stdin and stdout until it says `exit`, is gone, or closes stdin. Gives the exit code: 0 after
/// a `shutdown`, else 1.
///
/// # Errors
/// When the system gives no threads.
pub fn serve(lints: Lints, today: Option<Day>, schemas: Schemas) -> Result<u8, Error> {
    let no_thread = |error: io::Error| Error::new(format!("no threads: {error}"));
    let (out, writer) = Out::start(io::stdout()).map_err(no_thread)?;
    let (events, incoming) = mpsc::channel();
    let reader = events.clone();
    // It waits for stdin and cannot be woken: it ends with the process.
    let reading = thread::Builder::new().name("nivis-reader".to_owned());
    reading
        .spawn(move || {
            let mut from = BufReader::new(io::stdin());
            while let Ok(Some(taken)) = wire::read(&mut from) {
                if reader.send(Event::Taken(taken)).is_err() {
                    return;
                }
            }
            let _ = reader.send(Event::Closed);
        })
        .map_err(no_thread)?;
    let code = server::Server::new(lints, today, schemas, out, events).run(&incoming)?;
    // What is on its way to the client is still written.
    let _ = writer.join();
    Ok(code)
}
