import Testing

/// Who may know whom, and what nobody may do. The table in ARCHITECTURE.md is the law; the compiler does not see all of it, for an import
/// that is not declared passes in an incremental build.
@Suite struct RoomTests {
  /// Rooms of C, and what stands outside Sources.
  static let roomsOfC: Set<String> = ["CCurl", "CLinux", "COpenSSL", "CSQLite", "CYAML"]
  /// Belongs to the language.
  static let language: Set<String> = ["Synchronization"]
  /// Comes with the toolchain, so that no package declares it.
  static let system: Set<String> = ["Glibc", "FoundationEssentials"]
  /// The same for tests.
  static let testing: Set<String> = ["Testing"]

  /// The rows of the table: what each room may import.
  static let table: [String: Set<String>] = {
    var table: [String: Set<String>] = [:]
    for line in Clone.file("ARCHITECTURE.md").lines where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
      guard cells.count == 3, let room = cells[0].split(separator: "`").first else { continue }
      let list = cells[2].replacing(/\([^)]*\)/, with: "").split(separator: ",").map { String($0.filter { $0 != " " }) }
      table[String(room)] = list == ["nothing"] ? [] : Set(list)
    }
    return table
  }()

  private static let products = ["httpTypes": "HTTPTypes", "logging": "Logging", "arguments": "ArgumentParser"]

  /// What Package.swift says that each target depends on.
  static let package: [String: Set<String>] = {
    var package: [String: Set<String>] = [:]
    let text = Clone.file("Package.swift").text
    for match in text.matches(of: /\.(?:target|executableTarget|testTarget)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/) {
      let names = (match.output.2 ?? "").split { $0 == "," || $0.isWhitespace }.map { String($0.filter { $0 != "\"" }) }
      package[String(match.output.1)] = Set(names.map { products[$0] ?? $0 })
    }
    return package
  }()

  static let sources = Clone.folders(in: "Sources").filter { !roomsOfC.contains($0) }
  /// The fuzzer's and the planted bugs' are packages of their own; what is linked for sanitizers is C.
  static let tests = Clone.folders(in: "Tests").filter { !["Fuzzing", "Matrix", "Planted", "Sanitizing"].contains($0) }

  @Test("the table has every room and no other, and says what Package.swift says")
  func tableAndPackage() {
    #expect(Set(RoomTests.table.keys) == Set(RoomTests.sources))
    #expect(Set(RoomTests.table.keys).isSubset(of: RoomTests.package.keys))
    for (room, allowed) in RoomTests.table where allowed != ["all"] {
      #expect(RoomTests.package[room] == allowed.subtracting(RoomTests.system), "\(room)")
    }
    // Nothing is built for nobody.
    let users = RoomTests.package.filter { !RoomTests.tests.contains($0.key) }.values.joined()
    #expect(Set(RoomTests.sources).subtracting(users) == ["gatehouse"])
  }

  @Test("a package that is seldom built says of a room what Package.swift says", arguments: ["Fuzzing", "Planted"])
  func otherPackages(_ folder: String) {
    let rooms = Clone.file("Tests/\(folder)/Package.swift").text.matches(of: /\broom\("(\w+)"(?:, \[([^\]]*)\])?\)/)
    #expect(rooms.count >= 6)
    for room in rooms {
      let names = (room.output.2 ?? "").split { !$0.isLetter }.map { RoomTests.products[String($0)] ?? String($0) }
      #expect(RoomTests.package[String(room.output.1)] == Set(names), "\(room.output.1)")
    }
  }

  @Test("a room imports what the table allows, and the table allows nothing that it does not use", arguments: sources)
  func imports(_ room: String) throws {
    let allowed = try #require(RoomTests.table[room])
    let files = Clone.files(below: "Sources/\(room)")
    #expect(!files.isEmpty)
    let all = allowed == ["all"] ? (RoomTests.package[room] ?? []).union(["Glibc"]) : allowed
    for file in files {
      let strangers = Set(file.imports).subtracting(all).subtracting(RoomTests.language)
      #expect(strangers.isEmpty, "\(file.path) imports \(strangers.sorted())")
    }
    let unused = all.subtracting(files.flatMap(\.imports))
    #expect(unused.isEmpty, "\(room) may import \(unused.sorted()), and does not")
  }

  /// A clean build broke once by an import that was not declared: which module is ready first is chance.
  @Test("tests import what Package.swift says that they depend on, and it says nothing that they do not use", arguments: tests)
  func importsOfTests(_ target: String) throws {
    let declared = try #require(RoomTests.package[target])
    let files = Clone.files(below: "Tests/\(target)")
    #expect(!files.isEmpty)
    let allowed = declared.union(RoomTests.language).union(RoomTests.system).union(RoomTests.testing)
    for file in files {
      let strangers = Set(file.imports).subtracting(allowed)
      #expect(strangers.isEmpty, "\(file.path) imports \(strangers.sorted()), which Package.swift does not name for \(target)")
    }
    let unused = declared.subtracting(files.flatMap(\.imports))
    #expect(unused.isEmpty, "\(target) depends on \(unused.sorted()), and imports none of them")
  }

  @Test("what decides or stores asks no clock: it is told the instant", arguments: sources)
  func noClock(_ room: String) {
    let core: Set = [
      "Calendar", "ChangeControl", "Credentials", "JSON", "HTTPMessages", "NetworkAddresses", "Storage", "GitLab", "Gate", "Web",
      "Configuration",
    ]
    let clocks = ["ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday", "time(nil)", "Task.sleep", "SystemClock"]
    for file in Clone.files(below: "Sources/\(room)") where core.contains(room) {
      for (number, line) in file.code.enumerated() {
        #expect(!clocks.contains { line.contains($0) }, "\(file.path):\(number + 1): \(line)")
      }
    }
  }

  @Test("nothing that ends the process by surprise, no Foundation, no API for strangers, no notes to oneself", arguments: sources)
  func banned(_ room: String) {
    for file in Clone.files(below: "Sources/\(room)") {
      #expect(!file.imports.contains("Foundation"), "\(file.path)")
      for (number, line) in file.code.enumerated() {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "!" && $0 != "@" && $0 != "#" }
        for banned in ["try!", "as!", "fatalError", "public", "@preconcurrency"] {
          #expect(!words.contains(Substring(banned)), "\(file.path):\(number + 1): \(banned)")
        }
        for escape in ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast"] where line.contains(escape) {
          let above = number > 0 ? file.lines[number - 1].drop { $0 == " " } : ""
          #expect(above.hasPrefix("//"), "\(file.path):\(number + 1): \(escape) without the reason just above")
        }
      }
      for (number, line) in file.lines.enumerated() {
        for note in ["TODO", "FIXME", "HACK"] {
          #expect(!line.contains(note), "\(file.path):\(number + 1): \(note) belongs in an issue")
        }
      }
    }
  }

  @Test("no file is longer than one can keep in mind", arguments: sources)
  func length(_ room: String) {
    for file in Clone.files(below: "Sources/\(room)") {
      #expect(file.lines.count <= 350, "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test("what this test reads is read rightly")
  func reading() {
    let file = Clone.File(
      path: "a.swift",
      text: """
        import A
        internal import B // import C
        @preconcurrency package import struct C.D
        let a = "import E" // try!
        /// try! f()
        let b = "\\"//" + try! f() // as!
        let important = "x"
        """)
    #expect(file.imports == ["A", "B", "C.D"])
    #expect(file.code.map { $0.contains("try!") } == [false, false, false, false, false, true, false])
    #expect(file.code.allSatisfy { !$0.contains("as!") })
    #expect(RoomTests.table["Calendar"] == [])
    #expect(RoomTests.table["Gate"] == ["Calendar", "ChangeControl", "Cryptography", "JSON", "Storage"])
    #expect(RoomTests.package["HTTPClient"] == ["CCurl", "HTTPMessages", "HTTPTypes"])
    #expect(RoomTests.sources.count >= 12)
  }
}
