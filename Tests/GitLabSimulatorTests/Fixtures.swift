import Glibc
import JSON
import Testing

/// The payload files that were composed from GitLab's documentation, shared with the translator's tests.
enum Fixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let path = "/" + tests + "/GitLabTests/Fixtures/" + name
    let file = try #require(fopen(path, "r"), "\(path) cannot be read")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(try bytes(name)) }
}

/// Where two values differ in shape: other members, another order of members, another type. An integer and a fraction are different types.
func shapeDifferences(_ ours: JSONValue?, _ theirs: JSONValue, at path: String = "") -> [String] {
  switch (ours, theirs) {
  case (.object(let ours), .object(let theirs)):
    let (left, right) = (ours.members.map(\.name), theirs.members.map(\.name))
    guard left == right else { return ["\(path): members \(left) instead of \(right)"] }
    return theirs.members.flatMap { shapeDifferences(ours[$0.name], $0.value, at: path + "." + $0.name) }
  case (.array(let ours), .array(let theirs)):
    guard ours.count == theirs.count else { return ["\(path): \(ours.count) elements instead of \(theirs.count)"] }
    return zip(ours, theirs).enumerated().flatMap { shapeDifferences($1.0, $1.1, at: path + "[\($0)]") }
  case (.null, .null), (.bool, .bool), (.integer, .integer), (.number, .number), (.string, .string): return []
  case (nil, _): return ["\(path): missing"]
  default: return ["\(path): another type"]
  }
}
