import ChangeControl

/// Who has a token here. What they may, the policy and their role say; some of them may nothing.
enum Staff {
  static let roles: [(user: String, role: Role)] = [
    ("alice", .approver), ("bob", .operator), ("carol", .approver), ("dana", .approver), ("olu", .operator), ("sven", .approver),
    ("eve", .approver), ("alicia", .approver),
    ("vera", .viewer), ("audrey", .auditor), ("adam", .admin),
  ]

  static func mayDecide(_ user: String) -> Bool { roles.contains { $0.user == user && $0.role.mayDecide } }

  static func mayOperate(_ user: String) -> Bool { roles.contains { $0.user == user && $0.role.mayOperate } }
}
