/// A place in the chain: everything up to it is vouched for by its hash.
package struct AuditHead: Sendable, Hashable {
  package var seq: Int64
  package var hash: String

  package init(seq: Int64, hash: String) {
    self.seq = seq
    self.hash = hash
  }
}

/// Recomputes the hash chain of the audit log.
package enum AuditChain {
  package enum Verdict: Sendable, Hashable {
    case holds(AuditHead)
    /// One sentence that names the entry and what is wrong with it.
    case broken(String)
  }

  /// Reads every entry from the first one on. Finds an entry that was changed, left out, put in or cut off at the end: the head is kept apart
  /// from the table, and a head kept by somebody else (`expected`) finds even a chain that was written anew.
  package static func verify(_ reading: Reading, expecting expected: AuditHead? = nil) throws(StorageError) -> Verdict {
    let stored = try reading.auditHead()
    var last = AuditHead(seq: 0, hash: AuditEntry.origin)
    var meetsExpected = expected == nil || expected == last
    while true {
      let page = try reading.auditEntries(after: last.seq, limit: 1_000)
      for entry in page {
        guard entry.seq == last.seq + 1 else { return .broken("entries \(last.seq + 1) to \(entry.seq - 1) are missing") }
        guard entry.previousHash == last.hash else { return .broken("entry \(entry.seq) does not follow from entry \(last.seq)") }
        guard entry.hash == entry.expectedHash else { return .broken("entry \(entry.seq) was changed after it was written") }
        last = AuditHead(seq: entry.seq, hash: entry.hash)
        if expected == last { meetsExpected = true }
      }
      if page.isEmpty { break }
    }
    guard stored.seq == last.seq, stored.hash == last.hash else {
      return .broken("the log ends at entry \(last.seq), but its head says \(stored.seq): entries were cut off or added at the end")
    }
    if let expected, !meetsExpected {
      return .broken("it does not contain the head \(expected.seq):\(expected.hash) that you kept: it was cut off or written anew")
    }
    return .holds(last)
  }
}
