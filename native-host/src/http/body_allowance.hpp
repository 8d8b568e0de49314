// Memory accounting for request bodies. The connection asks before it allocates, and only for bytes
// that have arrived; the service decides by which limits.
#pragma once

#include <cstddef>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// The allowance of one request. Used on the connection's thread.
class BodyAllowance {
 public:
  /// Bytes each connection may hold without asking; bounded by the connection limit.
  static constexpr std::size_t kFreeBytes = 4096;

  BodyAllowance() = default;
  virtual ~BodyAllowance() = default;
  BodyAllowance(const BodyAllowance&) = delete;
  BodyAllowance& operator=(const BodyAllowance&) = delete;

  /// Sets the bytes the body holds in total; a smaller value releases some. Returns kAllowed, or
  /// why the request is refused; the previous amount is then kept.
  [[nodiscard]] virtual Code hold(std::size_t bytes) = 0;
};

}  // namespace portcullis::bff
