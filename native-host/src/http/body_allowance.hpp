// How much memory one request's body may take. The connection asks before it takes any, and only
// for bytes that have arrived; who counts, and by what, is the service's business.
#pragma once

#include <cstddef>

#include "portcullis/codes.hpp"

namespace portcullis::bff {

class BodyAllowance {
 public:
  /// What every connection may have without asking; the limit on connections bounds it.
  static constexpr std::size_t kFreeBytes = 4096;

  BodyAllowance() = default;
  virtual ~BodyAllowance() = default;
  BodyAllowance(const BodyAllowance&) = delete;
  BodyAllowance& operator=(const BodyAllowance&) = delete;

  /// From now on the body takes `bytes` in all; fewer than before gives some back. kAllowed, or why
  /// it cannot have them: it has what it had, then.
  [[nodiscard]] virtual Code hold(std::size_t bytes) = 0;
};

}  // namespace portcullis::bff
