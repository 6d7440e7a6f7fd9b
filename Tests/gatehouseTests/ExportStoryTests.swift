import Glibc
import Storage
import TestSupport
import Testing

/// Long answers of the built server.
@Suite struct ExportStoryTests {
  /// 24 megabytes go out, and the server grows by a small part of that: by six, for what it keeps for the next one too.
  @Test func anExportCostsTheMemoryOfAPiece() async throws {
    let entries = 800
    let comment = String(repeating: "because ", count: 3_750)
    try await House.with(serving: false) { house in
      let connection = try Connection(path: house.database, access: .readWrite)
      try Migrator.migrate(connection)
      try connection.transaction(at: systemTime()) { transaction in
        for _ in 0..<entries { try transaction.audit(.commented, actor: "alice", detail: ["comment": .string(comment)]) }
      }
      try await house.start()
      let token = try await house.token(of: "audrey")
      let process = try #require(house.processID)
      let before = try residentBytes(of: process)
      let client = try RawConnection(to: house.url)
      try client.send("GET /api/v1/audit/export HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\n\r\n")
      let (bytes, end) = try client.countToEnd()
      #expect(bytes > entries * comment.utf8.count)
      #expect(end.hasSuffix("}\n\r\n0\r\n\r\n"))
      let growth = try residentBytes(of: process) - before
      #expect(growth < bytes / 2, "the server grew by \(growth) bytes")
    }
  }
}
