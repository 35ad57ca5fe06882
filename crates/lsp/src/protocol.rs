//! The few messages of the language server protocol (3.17) that nivis speaks, as they stand on the wire.
//!
//! What a client sends is read leniently: a field that is missing or unknown is no reason to refuse a message.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A place in a text: 0-based line, and 0-based units of the agreed encoding.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// What stands before it on the line.
    pub character: u32,
}

/// From a place up to, and without, another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Its first place.
    pub start: Position,
    /// The place behind it.
    pub end: Position,
}

/// A document by its address.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Its address.
    pub uri: String,
    /// Its version, where a message says it.
    #[serde(default)]
    pub version: Option<i64>,
    /// Its text, when it is opened.
    #[serde(default)]
    pub text: String,
}

/// `initialize`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Initialize {
    /// Whose end is ours.
    #[serde(default)]
    pub process_id: Option<i64>,
    /// The folder, for clients that know only one.
    #[serde(default)]
    pub root_uri: Option<String>,
    /// The folders.
    #[serde(default)]
    pub workspace_folders: Option<Vec<Folder>>,
    /// What the client can do, read by [`crate::client`].
    #[serde(default)]
    pub capabilities: Value,
    /// What the user sets in the editor.
    #[serde(default)]
    pub initialization_options: Value,
}

/// A folder of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct Folder {
    /// Its address.
    pub uri: String,
}

/// `textDocument/didOpen`, `didClose`, `didSave`, and requests that name a document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfDocument {
    /// The document.
    pub text_document: Document,
    /// `textDocument/diagnostic`: the answer that the client has.
    #[serde(default)]
    pub previous_result_id: Option<String>,
}

/// `textDocument/didChange`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The document.
    pub text_document: Document,
    /// The changes, one after the other.
    pub content_changes: Vec<Change>,
}

/// One change of a text.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// What is replaced; the whole text where it is missing.
    #[serde(default)]
    pub range: Option<Range>,
    /// What stands there now.
    pub text: String,
}

/// `workspace/didChangeWatchedFiles`
#[derive(Debug, Deserialize)]
pub struct Watched {
    /// The files.
    pub changes: Vec<Folder>,
}

/// `workspace/didChangeWorkspaceFolders`
#[derive(Debug, Deserialize)]
pub struct FoldersChanged {
    /// What changed.
    pub event: FolderEvent,
}

/// Folders that come and go.
#[derive(Debug, Deserialize)]
pub struct FolderEvent {
    /// New ones.
    #[serde(default)]
    pub added: Vec<Folder>,
    /// Those that are gone.
    #[serde(default)]
    pub removed: Vec<Folder>,
}

/// `workspace/diagnostic`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfWorkspace {
    /// The answers that the client has.
    #[serde(default)]
    pub previous_result_ids: Vec<Previous>,
}

/// An answer that the client has.
#[derive(Debug, Clone, Deserialize)]
pub struct Previous {
    /// The document.
    pub uri: String,
    /// The answer.
    pub value: String,
}

/// `textDocument/codeAction`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actions {
    /// The document.
    pub text_document: Document,
    /// Where.
    pub range: Range,
    /// What is wanted.
    #[serde(default)]
    pub context: ActionContext,
}

/// What actions are wanted.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ActionContext {
    /// Kinds; all when missing.
    #[serde(default)]
    pub only: Option<Vec<String>>,
}

/// `textDocument/hover`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtPlace {
    /// The document.
    pub text_document: Document,
    /// Where.
    pub position: Position,
}

/// `workspace/executeCommand`
#[derive(Debug, Deserialize)]
pub struct Execute {
    /// Its name.
    pub command: String,
    /// What it is given.
    #[serde(default)]
    pub arguments: Vec<Value>,
}

/// A finding as an editor knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// Where.
    pub range: Range,
    /// 1 error, 2 warning, 3 information.
    pub severity: u8,
    /// The lint.
    pub code: &'static str,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_description: Option<Page>,
    /// Always `nivis`.
    pub source: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
    /// 1 unnecessary, 2 deprecated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<u8>,
    /// Further places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_information: Vec<Related>,
    /// What names the finding whatever moves around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// The page of a lint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Its address.
    pub href: String,
}

/// A further place of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    /// The place.
    pub location: Location,
    /// What is there.
    pub message: String,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The document.
    pub uri: String,
    /// Where.
    pub range: Range,
}

/// One edit of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextEdit {
    /// What is replaced.
    pub range: Range,
    /// What stands there then.
    pub new_text: String,
}
