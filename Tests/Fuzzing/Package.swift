// swift-tools-version: 6.2
import PackageDescription

// The rooms once more, compiled as libFuzzer wants them: in a package of its own, lest such flags come near what is installed, and through
// the link `Gatehouse` to the repository, because `package` names are seen by no other package: what is compiled here is all in this one.
// The tests' rooms come along as ordinary modules, for they own the checks and the tables that seeds are made of.

private let testable = ["-enable-testing"]
/// What libFuzzer steers by, and AddressSanitizer for what is done with pointers.
private let coverage = ["-sanitize=address", "-sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table"]

private func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Gatehouse/Sources/\(name)",
    swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(testable + coverage)])
}

private func tests(_ name: String, _ dependencies: [Target.Dependency] = [], except: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Gatehouse/Tests/\(name)", exclude: except,
    swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(testable)])
}

private let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
  name: "fuzzing",
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0")
  ],
  targets: [
    room("Calendar"),
    room("ChangeControl", ["Calendar"]),
    room("JSON"),
    room("Credentials"),
    room("HTTPMessages", [httpTypes]),
    .target(name: "COpenSSL", path: "Gatehouse/Sources/COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    room("Cryptography", ["COpenSSL"]),
    room("GitLab", ["Calendar", "ChangeControl", "Cryptography", "JSON", "HTTPMessages", httpTypes]),
    .target(name: "CLinux", path: "Gatehouse/Sources/CLinux"),
    room("NetworkAddresses"),
    room("HTTPServer", ["CLinux", "HTTPMessages", "NetworkAddresses", httpTypes]),
    .systemLibrary(name: "CYAML", path: "Gatehouse/Sources/CYAML", pkgConfig: "yaml-0.1"),
    room("Configuration", ["CYAML", "Calendar", "ChangeControl", "Credentials", "NetworkAddresses"]),

    tests("TestSupport"),
    tests("CalendarTests", ["Calendar", "TestSupport"], except: ["Fixtures"]),
    tests(
      "HTTPServerTests", ["HTTPServer", "HTTPMessages", "NetworkAddresses", "TestSupport", httpTypes], except: ["Fixtures"]),
    tests("GitLabTests", ["GitLab", "Calendar", "ChangeControl", "HTTPMessages", "JSON", "TestSupport", httpTypes], except: ["Fixtures"]),
    tests(
      "ConfigurationTests", ["Configuration", "Calendar", "ChangeControl", "NetworkAddresses", "TestSupport"], except: ["Fixtures"]),

    .target(name: "CLibFuzzer", path: "CLibFuzzer"),
    .executableTarget(
      name: "Fuzz", dependencies: ["CLibFuzzer", "HTTPServerTests", "GitLabTests", "ConfigurationTests", "CalendarTests"], path: "Fuzz",
      swiftSettings: [.swiftLanguageMode(.v6)],
      linkerSettings: [.unsafeFlags(["-sanitize=address", "-use-ld=lld"]), .linkedLibrary("stdc++")]),
  ]
)
