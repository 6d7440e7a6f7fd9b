import Glibc

extension Configuration {
  /// Reads the file at `path` and the secrets it points to. Without an environment the secrets stay where they are, `Secret.unread`: what only
  /// needs the database is not to ask for them.
  ///
  /// Throws all the problems of the file together.
  ///
  /// - Parameter allowsAbsentSecrets: a secret whose file or variable is not there is unread, and no problem: setup makes it.
  package static func load(
    path: String, environment: [String: String]?, allowsAbsentSecrets: Bool = false
  ) throws(ConfigurationError) -> Configuration {
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try readFile(path, limit: Limits.fileBytes)
    } catch {
      throw ConfigurationError(problems: [.init(file: path, line: nil, column: nil, message: missingFileMessage(error))])
    }
    return try parse(bytes, file: path, environment: environment, allowsAbsentSecrets: allowsAbsentSecrets)
  }

  /// Reads a configuration from `text`; `file` is what messages call it. Secret files are read too.
  ///
  /// Throws all the problems of the text together.
  package static func parse(_ text: String, file: String, environment: [String: String]) throws(ConfigurationError) -> Configuration {
    try parse(Array(text.utf8), file: file, environment: environment)
  }

  static func parse(
    _ bytes: [UInt8], file: String, environment: [String: String]?, allowsAbsentSecrets: Bool = false
  ) throws(ConfigurationError) -> Configuration {
    let report = Report(file: file)
    let root = compose(bytes, report, lacking: "config/gatehouse.minimal.yaml is a configuration to begin with")
    let configuration = root.flatMap {
      ConfigurationReader(report: report, environment: environment, allowsAbsentSecrets: allowsAbsentSecrets).read($0)
    }
    guard let configuration, report.isClean else { throw report.error() }
    return configuration
  }

  /// - Parameter lacking: what to do about a file with nothing in it.
  static func compose(_ bytes: [UInt8], _ report: Report, lacking: String) -> YAMLNode? {
    guard bytes.count <= Limits.fileBytes else {
      report.problem("\(FileFault.tooLarge(limit: Limits.fileBytes))")
      return nil
    }
    // A byte order mark is no part of the text (YAML 1.2.2 §5.2).
    let document = YAMLDocument(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...])
    for fault in document.faults { report.problem(fault.message, at: fault.position) }
    if let root = document.root, !root.isNull { return root }
    guard document.faults.isEmpty else { return nil }
    report.problem("the file is empty; \(lacking)")
    return nil
  }

  private static func missingFileMessage(_ fault: FileFault) -> String {
    guard fault == .missing else { return "\(fault)" }
    return "there is no such file; name one with --config FILE or in GATEHOUSE_CONFIG, or put it at config/gatehouse.yaml"
  }
}
