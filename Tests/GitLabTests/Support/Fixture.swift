import Glibc
import JSON
import Testing

/// The payloads beside these tests.
enum Fixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    let directory = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let file = try #require(fopen("/\(directory)/Fixtures/\(name)", "r"), "the fixture \(name) is there")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer.prefix(count) }
    return bytes
  }

  static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(bytes(name + ".json")) }
}
