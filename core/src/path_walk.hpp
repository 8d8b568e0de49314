// The general way of canonicalize(), for a path that is not canonical already: one walk over the
// raw bytes, which writes the result as it goes.
#pragma once

#include <cstddef>
#include <string_view>

#include "path_bytes.hpp"
#include "portcullis/codes.hpp"

namespace portcullis {

/// Rejections of the first step end the walk at once. What later steps reject is only noted: a
/// later byte, or the query, may still be rejected by the first.
class PathWalk {
 public:
  /// The first `copied` bytes of `in`, at least its '/', are canonical and in `out` already, which
  /// has room for in.size() bytes, and two more for each byte that is_encoded_for_browsers().
  PathWalk(std::string_view in, char* out, std::size_t copied) noexcept;

  /// Step 1, with all that follows prepared. kAllowed when no byte or triplet is rejected.
  [[nodiscard]] Code run() noexcept;
  /// Steps 3 to 5, in their order.
  [[nodiscard]] Code late_rejection() noexcept;

  /// The byte of `in` that the last rejection is about.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  /// Bytes of `out`.
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
  std::size_t at_;          // in in_
  std::size_t size_;        // of out_
  std::size_t segment_;     // where the segment begins in out_
  std::size_t segment_in_;  // and in in_
  path_bytes::Utf8 utf8_;
  std::size_t sequence_in_ = 0;           // where the UTF-8 sequence begins in in_
  std::size_t percent_end_ = kNoPercent;  // behind the last "%25" of this segment in out_
  std::size_t percent_in_ = 0;            // and its place in in_
  std::size_t double_at_ = kNever;
  std::size_t utf8_at_ = kNever;
  std::size_t empty_at_ = kNever;
  std::size_t dot_at_ = kNever;
  std::size_t above_at_ = kNever;
};

}  // namespace portcullis
