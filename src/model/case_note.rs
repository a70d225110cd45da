//! A note of a case.

record! {
    /// A note of a case. Its text is plain text that may look like HTML: never insert it as HTML.
    /// (Case API v3, "GET Case Details": Response Parameters, `notes`.)
    CaseNote {
        /// Short description; often empty.
        note: Text(2000),
        /// The note's text.
        note_detail: Text(32767),
        /// Name of who wrote the note.
        created_by: Text(50),
        /// When the note was written, in UTC. Two notes may share an instant.
        creation_date: Date,
    }
}
