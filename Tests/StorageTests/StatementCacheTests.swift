import ChangeControl
import Storage
import TestSupport
import Testing

@Suite struct StatementCacheTests {
  @Test func noMoreStatementsAreKeptThanTheLimit() throws {
    let folder = TemporaryFolder()
    let connection = try Connection(path: folder.file("cache.db"), access: .readWrite)
    for number in 0..<1_000 { #expect(try connection.query("SELECT \(number)") { $0.requiredInteger(0) } == [Int64(number)]) }
    #expect(connection.preparedCount <= 128)
    // One that went is prepared again.
    #expect(try connection.query("SELECT 1") { $0.requiredInteger(0) } == [1])
  }

  @Test func aStatementThatIsRunningOutlivesItsPlaceAmongThem() throws {
    let folder = TemporaryFolder()
    let connection = try Connection(path: folder.file("cache.db"), access: .readWrite)
    var sums: [Int64] = []
    let rows = try connection.query("SELECT value FROM (SELECT 1 AS value UNION SELECT 2 UNION SELECT 3)") { row in
      for number in 0..<200 { sums += (try? connection.query("SELECT \(number) + ?", Int64(1)) { $0.requiredInteger(0) }) ?? [] }
      return row.requiredInteger(0)
    }
    #expect(rows == [1, 2, 3])
    #expect(sums.count == 600)
  }

  @Test func anEmptyTextAndEmptyBytesAreNotNull() throws {
    let connection = try Connection(path: TemporaryFolder().file("test.db"), access: .readWrite)
    let types = try connection.query("SELECT typeof(?), typeof(?), typeof(?), typeof(?)", "", [UInt8](), String?.none, Optional(7)) { row in
      (0..<4).map { row.requiredText($0) }
    }
    #expect(types == [["text", "blob", "null", "integer"]])
  }
}
