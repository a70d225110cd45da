//! The notes of a case.

record! {
    /// A note of a case. Its text is plain text that may look like HTML: never insert it as HTML. (Case API v3, "GET
    /// Case Details": Response Parameters, `notes`.)
    CaseNote {
        /// Short description; often empty.
        note: Text(2000),
        /// The note's text.
        note_detail: Text(32767),
        /// Name of the author.
        created_by: Text(50),
        /// Instant at which the note was written, in UTC. Two notes may have the same instant.
        creation_date: Date,
    }
}
