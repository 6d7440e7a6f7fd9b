internal import ChangeControl

extension ControlPlan {
  /// What a proxy puts before our paths: the path of the public address, without a slash at its end.
  var publicPath: Substring {
    guard let authority = publicURL.firstRange(of: "://")?.upperBound else { return "" }
    return publicURL[authority...].drop { $0 != "/" }
  }
}
