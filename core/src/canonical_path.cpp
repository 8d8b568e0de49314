#include "portcullis/canonical_path.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "path_bytes.hpp"
#include "path_walk.hpp"
#include "segment_scan.hpp"

namespace portcullis {
namespace {

// Flags of a byte for copy_canonical(): is '/', stops it after a '/', stops it always.
constexpr std::uint8_t kIsSlash = 1;
constexpr std::uint8_t kStopsBehindSlash = 2;
constexpr std::uint8_t kStops = 4;

constexpr std::array<std::uint8_t, 256> make_marks() {
  std::array<std::uint8_t, 256> marks{};
  for (std::size_t c = 0; c < marks.size(); ++c) {
    marks[c] = path_bytes::is_segment_byte(static_cast<unsigned char>(c)) ? 0 : kStops;
  }
  marks['.'] = kStopsBehindSlash;
  marks['/'] = kStopsBehindSlash | kIsSlash;
  return marks;
}
constexpr std::array<std::uint8_t, 256> kMarks = make_marks();

/// Eight bytes at a time; each result is in the highest bit of its byte.
namespace eight {

constexpr std::uint64_t all(unsigned char c) { return 0x0101010101010101U * c; }
constexpr std::uint64_t kHigh = all(0x80);

/// Bytes from `low` to `high`; exact if no byte of `word` is above 0x7f.
constexpr std::uint64_t within(std::uint64_t word, unsigned char low, unsigned char high) {
  return (word + all(static_cast<unsigned char>(0x80 - low))) &
         ~(word + all(static_cast<unsigned char>(0x7f - high)));
}

/// Whether the word has only letters, digits and &'()*+,-./:_ (nearly all bytes of real paths).
/// Other legal bytes take the table lookup.
constexpr bool is_common(std::uint64_t word) {
  const std::uint64_t marks =
      within(word, '&', ':') | within(word | all(0x20), 'a', 'z') | within(word, '_', '_');
  return ((~marks | word) & kHigh) == 0;
}

/// Whether a '.' or '/' follows a '/'. `behind_slash` carries the state from the previous byte to
/// the next one.
constexpr bool stops_behind_slash(std::uint64_t word, bool& behind_slash) {
  const std::uint64_t dots_and_slashes = within(word, '.', '/') & kHigh;
  const std::uint64_t slashes = dots_and_slashes & (word << 7);
  const std::uint64_t before = (slashes << 8) | (behind_slash ? 0x80U : 0U);
  behind_slash = (slashes >> 63) != 0;
  return (before & dots_and_slashes) != 0;
}

}  // namespace eight

/// Copies `in`, which begins with '/', up to the first byte that needs more than copying, and
/// returns its offset. Most paths are already canonical, so this is most of the cost.
std::size_t copy_canonical(std::string_view in, char* out) noexcept {
  out[0] = '/';
  std::size_t i = 1;
  bool behind_slash = true;
  for (; in.size() - i >= 8; i += 8) {
    const std::uint64_t word = segment_scan::load(in.data() + i);
    bool then_behind_slash = behind_slash;
    if (!eight::is_common(word) || eight::stops_behind_slash(word, then_behind_slash)) break;
    std::memcpy(out + i, &word, sizeof word);
    behind_slash = then_behind_slash;
  }
  // The remaining bytes, preceded by bytes checked already, form a last word.
  if (const std::size_t left = in.size() - i; left > 0 && left < 8 && i > 8) {
    const std::size_t last = in.size() - 8;
    const std::uint64_t word = segment_scan::load(in.data() + last);
    bool behind = last > 0 && in[last - 1] == '/';
    if (eight::is_common(word) && !eight::stops_behind_slash(word, behind)) {
      std::memcpy(out + last, &word, sizeof word);
      return in.size();
    }
  }
  unsigned before = behind_slash ? kIsSlash : 0;
  for (; i < in.size(); ++i) {
    const unsigned now = kMarks[static_cast<unsigned char>(in[i])];
    if (((now | ((before << 1) & now & kStopsBehindSlash) << 1) & kStops) != 0) break;
    before = now & kIsSlash;
    out[i] = in[i];
  }
  return i;
}

/// A rejection and its offset, or kAllowed and a size.
struct Outcome {
  Code code;
  std::size_t at;
};

/// Checks the query, which begins at `begin`, after its '?'. '"' and the like are allowed: the
/// query is only carried along, but must not end the request line or begin a fragment.
Outcome check_query(std::string_view target, std::size_t begin) noexcept {
  if (begin > target.size()) return {Code::kAllowed, 0};  // no query
  if (target.size() - begin > limits::kMaxQueryBytes) {
    return {Code::kQueryTooLong, begin + limits::kMaxQueryBytes};
  }
  for (std::size_t i = begin; i < target.size(); ++i) {
    const auto c = static_cast<unsigned char>(target[i]);
    if (c < 0x21 || c > 0x7e || c == '#') return {Code::kQueryIllegalByte, i};
  }
  return {Code::kAllowed, 0};
}

/// Returns the offset of the first byte of `path` for which the canonical form has no room; the
/// path's size or more if it fits. An encoded byte takes three. No byte before `from` is encoded.
std::size_t first_too_many(std::string_view path, std::size_t from) noexcept {
  std::size_t more = 0;
  for (std::size_t i = from; i < path.size(); ++i) {
    if (path_bytes::is_encoded_for_browsers(static_cast<unsigned char>(path[i]))) more += 2;
    if (i + more >= limits::kMaxPathBytes) return i;
  }
  return limits::kMaxPathBytes;
}

/// All steps for a target whose path ends at `size`; `copied` bytes are already in `out`.
Outcome canonicalize_rest(std::string_view target, std::size_t size, std::size_t copied,
                          char* out) noexcept {
  PathWalk walk(target.substr(0, size), out, copied);
  if (const Code code = walk.run(); code != Code::kAllowed) return {code, walk.at()};
  if (const Outcome query = check_query(target, size + 1); query.code != Code::kAllowed) {
    return query;
  }
  if (const Code code = walk.late_rejection(); code != Code::kAllowed) return {code, walk.at()};
  return {Code::kAllowed, walk.size()};
}

}  // namespace

CanonicalPath::CanonicalPath(const CanonicalPath& other) noexcept { *this = other; }

CanonicalPath& CanonicalPath::operator=(const CanonicalPath& other) noexcept {
  if (this == &other) return *this;
  query_ = other.query_;
  size_ = other.size_;
  has_query_ = other.has_query_;
  rewritten_ = other.rewritten_;
  std::memcpy(bytes_, other.bytes_, other.size_);
  return *this;
}

std::string CanonicalPath::target() const {
  std::string target;
  target.reserve(size_ + 1 + query_.size());
  target.append(bytes_, size_);
  if (has_query_) {
    target += '?';
    target += query_;
  }
  return target;
}

Code canonicalize(std::string_view target, CanonicalPath& out, std::size_t* offset) noexcept {
  out.size_ = 0;
  out.has_query_ = false;
  out.rewritten_ = false;
  out.query_ = {};
  const auto reject = [offset](std::size_t at, Code code) {
    if (offset != nullptr) *offset = at;
    return code;
  };
  // One byte beyond the limit is enough to see that a path is too long.
  const auto find_end = [target](std::size_t from) {
    return std::min(target.substr(0, limits::kMaxPathBytes + 1).find('?', from), target.size());
  };

  if (target.empty() || target[0] != '/') {
    if (find_end(0) > limits::kMaxPathBytes) {
      return reject(limits::kMaxPathBytes, Code::kPathTooLong);
    }
    return reject(0, Code::kPathNotAbsolute);
  }
  const std::size_t copied = copy_canonical(target.substr(0, limits::kMaxPathBytes), out.bytes_);
  Outcome outcome{Code::kAllowed, copied};
  std::size_t size = copied;
  if (copied == target.size() || target[copied] == '?') {
    if (const Outcome query = check_query(target, size + 1); query.code != Code::kAllowed) {
      return reject(query.at, query.code);
    }
  } else {
    size = find_end(copied);
    const std::size_t limit = first_too_many(target.substr(0, size), copied);
    if (size > limit) return reject(limit, Code::kPathTooLong);
    outcome = canonicalize_rest(target, size, copied, out.bytes_);
    if (outcome.code != Code::kAllowed) return reject(outcome.at, outcome.code);
    out.rewritten_ = target.substr(0, size) != std::string_view(out.bytes_, outcome.at);
  }
  out.size_ = static_cast<std::uint32_t>(outcome.at);
  out.has_query_ = size < target.size();
  if (out.has_query_) out.query_ = target.substr(size + 1);
  return Code::kAllowed;
}

bool percent_decode_segment(std::string_view segment, std::string& out) {
  out.resize(segment.size());
  const std::ptrdiff_t size = path_bytes::decode(segment, out.data());
  const bool ok = size >= 0 && utf8::is_valid({out.data(), static_cast<std::size_t>(size)});
  out.resize(ok ? static_cast<std::size_t>(size) : 0);
  return ok;
}

}  // namespace portcullis
