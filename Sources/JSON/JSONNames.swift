/// Names of members, as a reader asks for them who wants few of many. Most of a webhook is nothing to a gate, and to make values of it takes
/// several times as long as to see that it is JSON.
package struct JSONNames: Sendable {
  /// By their lengths: nearly all of what is not asked for is told from the others without a look at it.
  private let byLength: [[StaticString]]

  package init(_ names: [StaticString]) {
    var byLength: [[StaticString]] = []
    for name in names {
      while byLength.count <= name.utf8CodeUnitCount { byLength.append([]) }
      byLength[name.utf8CodeUnitCount].append(name)
    }
    self.byLength = byLength
  }

  func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count < byLength.count else { return false }
    return byLength[text.count].contains { name in (0..<text.count).allSatisfy { text[$0] == name.utf8Start[$0] } }
  }
}
