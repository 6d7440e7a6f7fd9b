@testable import Configuration

let exampleEnvironment = ["GATEHOUSE_GITLAB_TOKEN": "example-token", "GATEHOUSE_WEBHOOK_TOKEN": "example-webhook-token"]

/// A file of this clone.
func clonePath(_ name: String, from source: String = #filePath) -> String {
  let folders = source.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  return (folders + [Substring(name)]).joined(separator: "/")
}

/// The problems of a text, each as it is printed; empty where it is fine.
func problems(_ text: String, environment: [String: String] = exampleEnvironment) -> [String] {
  do throws(ConfigurationError) {
    _ = try Configuration.parse(text, file: "g.yaml", environment: environment)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}
