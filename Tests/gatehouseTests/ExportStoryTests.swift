import Storage
import Testing

/// Long answers of the built server.
@Suite struct ExportStoryTests {
  /// What a short export takes of memory is enough for one that is many times longer.
  @Test func anExportCostsTheMemoryOfAPiece() async throws {
    let comment = String(repeating: "because ", count: 3_750)
    try await House.with(serving: false) { house in
      let connection = try Connection(path: house.database, access: .readWrite)
      try Migrator.migrate(connection)
      try connection.transaction(at: systemTime()) { transaction in
        for index in 0..<400 {
          try transaction.audit(.commented, actor: index < 160 ? "alice" : "bob", detail: ["comment": .string(comment)])
        }
      }
      try await house.start()
      // SQLite keeps 2 MB of pages for each reader, whatever is read: by now each has its own.
      for _ in 0..<4 { _ = try await export("?actor=alice", from: house) }
      let short = try await export("?actor=alice", from: house)
      #expect(short > 160 * comment.utf8.count)
      let peak = try house.memory("VmHWM")
      let long = try await export("", from: house)
      #expect(long > 400 * comment.utf8.count)
      let growth = try house.memory("VmHWM") - peak
      #expect(growth < (long - short) / 4, "the server grew by \(growth) bytes")
    }
  }

  /// How many bytes came; throws unless the last of them is the last chunk.
  private func export(_ query: String, from house: House) async throws -> Int {
    let token = try await house.token(of: "audrey")
    let client = try RawConnection(to: house.url)
    try client.send("GET /api/v1/audit/export\(query) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\n\r\n")
    let (bytes, end) = try client.countToEnd()
    guard end.hasSuffix("}\n\r\n0\r\n\r\n") else { throw NeverCame(description: "the export ends with \(end)") }
    return bytes
  }
}
