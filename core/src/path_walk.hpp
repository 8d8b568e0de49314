// The general path of canonicalize(), for input that is not already canonical: one pass over the
// raw bytes that writes the result as it goes.
#pragma once

#include <cstddef>
#include <string_view>

#include "path_bytes.hpp"
#include "portcullis/codes.hpp"

namespace portcullis {

/// A rejection by step 1 ends the walk at once. Rejections by later steps are recorded: a later
/// byte, or the query, may still be rejected by step 1.
class PathWalk {
 public:
  /// The first `copied` bytes of `in` (at least its '/') are canonical and already in `out`, which
  /// has room for in.size() bytes plus two for each byte that is_encoded_for_browsers().
  PathWalk(std::string_view in, char* out, std::size_t copied) noexcept;

  /// Step 1, preparing the later ones. kAllowed if no byte or triplet is rejected.
  [[nodiscard]] Code run() noexcept;
  /// Steps 3 to 5, in order.
  [[nodiscard]] Code late_rejection() noexcept;

  /// Offset in `in` of the last rejection.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  /// Bytes written to `out`.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);
  static constexpr std::size_t kNoPercent = kNever / 2;  // far from every size

  void plain(char c) noexcept;
  Code triplet() noexcept;
  void encoded(unsigned char byte) noexcept;
  void broken_utf8() noexcept;
  void end_segment(bool last) noexcept;
  void climb() noexcept;

  std::string_view in_;
  char* out_;
  std::size_t at_;          // offset in in_
  std::size_t size_;        // of out_
  std::size_t segment_;     // start of the segment in out_
  std::size_t segment_in_;  // start of the segment in in_
  path_bytes::Utf8 utf8_;
  std::size_t sequence_in_ = 0;           // start of the UTF-8 sequence in in_
  std::size_t percent_end_ = kNoPercent;  // end of the last "%25" of this segment in out_
  std::size_t percent_in_ = 0;            // its offset in in_
  std::size_t double_at_ = kNever;
  std::size_t utf8_at_ = kNever;
  std::size_t empty_at_ = kNever;
  std::size_t dot_at_ = kNever;
  std::size_t above_at_ = kNever;
};

}  // namespace portcullis
