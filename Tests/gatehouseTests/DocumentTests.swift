import ChangeControl
import Testing

/// The documents speak of what there is: verbs, options, keys, addresses, roles, files. What is renamed and not told there fails here.
@Suite struct DocumentTests {
  static let documents = [
    "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/first-deployment.md", "docs/simulation-finds.md", "config/gatehouse.yaml",
    "config/gatehouse.minimal.yaml", "Dockerfile",
  ]
  /// Everything that is built, as one text.
  static let built = (Clone.files(below: "Sources") + Clone.files(below: "migrations", ending: ".sql") + [Clone.file("Package.swift")])
    .map(\.text).joined(separator: "\n")

  /// What a document sets apart as code: between backticks, and in blocks.
  static func code(_ document: String) -> [String] {
    let file = Clone.file(document)
    let blocks = document.hasSuffix(".md") ? file.lines.filter { $0.hasPrefix("    ") } : file.lines.map { $0.prefix { $0 != "#" } }
    return blocks.map(String.init) + file.text.matches(of: /`([^`\n]+)`/).map { String($0.output.1) }
  }

  @Test("every verb and option that a document types is one", arguments: documents)
  func verbs(_ document: String) async throws {
    let verbs = try await Program.verbs()
    let groups = Set(verbs.compactMap { verb in verb.name.split(separator: " ").count > 1 ? verb.name.split(separator: " ").first : nil })
    for line in DocumentTests.code(document) {
      for match in line.matches(of: /(?:^|[ \/(])gatehouse ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?([^`#|]*)/) {
        let first = match.output.1
        let name = groups.contains(first) ? "\(first) \(match.output.2 ?? "")" : String(first)
        guard let verb = verbs.first(where: { $0.name == name }) else {
          Issue.record("\(document): there is no verb '\(name)': \(line)")
          continue
        }
        for option in match.output.3.matches(of: /\ --([a-z-]+)/) {
          #expect(verb.options.contains(String(option.output.1)), "\(document): \(name) has no --\(option.output.1)")
        }
      }
    }
  }

  @Test("every name of code in it is a name in the code", arguments: documents)
  func names(_ document: String) {
    let nginx: Set = ["client_max_body_size", "proxy_pass", "proxy_set_header", "remote_addr"]
    for line in DocumentTests.code(document) {
      for match in line.matches(of: /\b[a-z]+(?:_[a-z]+)+\b/) {
        let isBuilt = DocumentTests.built.contains(match.output) || nginx.contains(String(match.output))
        #expect(isBuilt, "\(document): nothing is called \(match.output)")
      }
      for match in line.matches(of: /\bGATEHOUSE_[A-Z_]+[A-Z]\b/) {
        let isExample = Clone.file("config/gatehouse.yaml").text.contains("{env: \(match.output)}")
        let isRead = DocumentTests.built.contains("\"\(match.output)\"")
        #expect(isExample || isRead, "\(document): nothing reads \(match.output)")
      }
      if !Clone.has(line), let match = line.wholeMatch(of: /([A-Z][A-Za-z]+)(?:\.([a-z][A-Za-z]+))?/) {
        let outside: Set = ["Codable", "JSONDecoder", "ETag", "Sources"]
        let (type, member) = (match.output.1, match.output.2)
        let isBuilt = ["struct ", "class ", "enum ", "protocol ", "name: \""].contains { DocumentTests.built.contains($0 + type) }
        #expect(isBuilt || outside.contains(String(type)), "\(document): there is no type or room \(type)")
        let hasMember = member.map { DocumentTests.built.contains("func \($0)(") } ?? true
        #expect(hasMember, "\(document): there is no \(line)")
      }
    }
  }

  @Test("every address of the API in the README is answered, by the method that it says")
  func addresses() {
    let routes = Clone.files(below: "Sources/Web").flatMap { file in
      file.text.matches(of: /Route\(\s*\.(\w+), "([^"]+)"/).map { "\($0.output.1.uppercased()) \($0.output.2)" }
    }
    #expect(routes.count > 10)
    var count = 0
    for match in Clone.file("README.md").text.matches(of: /`(GET|POST|PATCH|PUT|DELETE) ([^` ]+)`/) {
      let path = match.output.2.replacing("…", with: "/api/v1/changes/{key}")
      count += 1
      #expect(routes.contains("\(match.output.1) \(path)"), "nothing answers \(match.output.1) \(path)")
    }
    #expect(count >= 10)
  }

  @Test("every file that it points to is there, and every target of make", arguments: documents)
  func files(_ document: String) {
    let text = Clone.file(document).text
    // Links lead on from where the document stands.
    let folder = document.prefix(upTo: document.lastIndex(of: "/").map { document.index(after: $0) } ?? document.startIndex)
    for match in text.matches(of: /\]\(([^)#:]+)(?:#[a-z-]+)?\)/) {
      #expect(Clone.has(String(folder) + String(match.output.1)), "\(document): \(match.output.1)")
    }
    for match in text.matches(of: /`((?:Sources|Tests|config|migrations|\.ci)\/[A-Za-z0-9._\/-]*)`/) {
      #expect(Clone.has(String(match.output.1)), "\(document): \(match.output.1)")
    }
    let targets = Clone.file("Makefile").text.matches(of: /(?m)^([a-z-]+):/).map(\.output.1)
    for line in DocumentTests.code(document) {
      for match in line.matches(of: /\bmake ([a-z-]+)/) {
        #expect(targets.contains(match.output.1), "\(document): there is no make \(match.output.1)")
      }
    }
  }

  @Test("every find of the simulated lives is held by a test that there is")
  func finds() {
    var count = 0
    for line in Clone.file("docs/simulation-finds.md").lines {
      guard let file = line.firstMatch(of: /`(Tests\/[A-Za-z\/]+Tests\.swift)`:/) else { continue }
      let text = Clone.file(String(file.output.1)).text
      for match in line.matches(of: /`([a-z]+[A-Z][A-Za-z]+)`/) {
        count += 1
        #expect(text.contains("func \(match.output.1)("), "\(file.output.1) has no \(match.output.1)")
      }
    }
    #expect(count > 5)
  }

  @Test("the README's table has the roles that there are, and config/gatehouse.yaml every key that there is")
  func rolesAndKeys() {
    let rows = Clone.file("README.md").lines
    for role in Role.allCases { #expect(rows.contains { $0.hasPrefix("| `\(role.rawValue)` |") }, "\(role)") }

    let vocabulary = Clone.file("Sources/Configuration/Reading/Vocabulary.swift").text
    let example = Clone.file("config/gatehouse.yaml").text
    var count = 0
    for list in vocabulary.matches(of: /known: \[([^\]]+)\]/) {
      for key in list.output.1.matches(of: /"([a-z_]+)"/) {
        count += 1
        #expect(example.contains("\(key.output.1):"), "config/gatehouse.yaml does not explain \(key.output.1)")
      }
    }
    #expect(count > 30)
  }
}
