/// Memory that request bodies hold.
struct HeldBytes: Sendable {
  private(set) var all = 0
  /// Of bodies whose sender the head does not prove.
  private(set) var anonymous = 0

  init() {}

  init(_ count: Int, isAnonymous: Bool) {
    all = count
    anonymous = isAnonymous ? count : 0
  }

  static func += (left: inout HeldBytes, right: HeldBytes) {
    left.all += right.all
    left.anonymous += right.anonymous
  }

  static func -= (left: inout HeldBytes, right: HeldBytes) {
    left.all -= right.all
    left.anonymous -= right.anonymous
  }
}
