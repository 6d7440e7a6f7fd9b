import TestSupport
import Testing

/// `make simulate-planted` is seldom run: what it plants must not rot meanwhile.
@Suite struct PlantedTests {
  @Test("every planted bug still finds its place in the sources")
  func patches() async throws {
    let folder = TemporaryFolder()
    let run = try await Program.shell("'\(Clone.root)/Tests/Planted/run' check", environment: ["TMPDIR": folder.path], in: folder)
    #expect(run.ending == .exit(0), "\(run.errors)")
  }

  @Test("fifteen bugs at least are planted, and each patch says what it breaks and within how many lives it is caught")
  func heads() {
    // Not below the folder: the link in it leads back to the clone.
    let patches = names(inFolder: Clone.root + "/Tests/Planted").filter { $0.hasSuffix(".patch") }.map { Clone.file("Tests/Planted/" + $0) }
    #expect(patches.count >= 15)
    for patch in patches {
      for word in ["Bug: ", "Breaks: ", "Caught within: "] {
        #expect(patch.lines.prefix { !$0.hasPrefix("---") }.contains { $0.hasPrefix(word) }, "\(patch.path): \(word)")
      }
    }
  }

  @Test("the planted bugs live on the same migrations")
  func migrations() {
    func embedded(_ package: String) -> [Substring] { Clone.file(package).text.matches(of: /embedInCode\("([^"]+)"\)/).map(\.output.1) }
    #expect(embedded("Tests/Planted/Package.swift") == embedded("Package.swift"))
  }
}
