import Glibc
import TestSupport

/// The files of the clone that these tests stand in.
enum Clone {
  static let root: String = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

  struct File: Sendable {
    /// From the root of the clone on.
    var path: String
    var text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  static func file(_ path: String) -> File { File(path: path, text: text(ofFile: root + "/" + path)) }

  static func has(_ path: String) -> Bool { access(root + "/" + path, F_OK) == 0 }

  /// All files below a folder, those in its folders included.
  static func files(below folder: String, ending: String = ".swift") -> [File] {
    names(inFolder: root + "/" + folder).flatMap { name -> [File] in
      let path = folder + "/" + name
      return isFolder(path) ? files(below: path, ending: ending) : path.hasSuffix(ending) ? [file(path)] : []
    }
  }

  static func folders(in folder: String) -> [String] { names(inFolder: root + "/" + folder).filter { isFolder(folder + "/" + $0) } }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(root + "/" + path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

extension Clone.File {
  /// The code alone, line by line: comments and what stands between quotation marks are taken out.
  var code: [String] {
    var isInText = false
    return lines.map { line in
      if isInText || line.contains("\"\"\"") {
        // The line that opens or closes a text of several lines has no code that matters here.
        if line.count(of: "\"\"\"") == 1 { isInText.toggle() }
        return ""
      }
      return Self.withoutTextAndComment(line)
    }
  }

  private static func withoutTextAndComment(_ line: Substring) -> String {
    var code = ""
    var isQuoted = false
    var previous: Character = " "
    for character in line {
      if character == "\"", previous != "\\" { isQuoted.toggle() }
      if !isQuoted, character == "/", previous == "/" { return String(code.dropLast()) }
      if !isQuoted { code.append(character) }
      previous = character == "\\" && previous == "\\" ? " " : character
    }
    return code
  }

  /// The modules that the file imports.
  var imports: [String] {
    code.compactMap { line in
      let words = line.split(separator: " ")
      guard let index = words.firstIndex(of: "import"),
        words[..<index].allSatisfy({ $0 == "package" || $0 == "internal" || $0 == "private" || $0.hasPrefix("@") }),
        index + 1 < words.count
      else { return nil }
      return String(words[words.count - 1])
    }
  }
}

extension Substring {
  fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
