// Reads a text into a document; finds duplicate keys and error positions.
#include "json.hpp"

#include <algorithm>
#include <array>

#include "filled.hpp"
#include "json_reader.hpp"
#include "portcullis/limits.hpp"
#include "small_sort.hpp"

namespace portcullis::json {

namespace {

constexpr std::size_t kMaxDuplicates = 100;
constexpr std::uint32_t kPairwiseKeys = 16;  // up to this many keys, comparing pairs beats sorting

void locate(std::string_view text, std::size_t byte, Error& error) {
  byte = std::min(byte, text.size());
  const std::string_view before = text.substr(0, byte);
  const std::size_t newline = before.rfind('\n');
  error.byte = byte;
  error.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  error.column = newline == std::string_view::npos ? byte + 1 : byte - newline;
}

}  // namespace

void Reader::find_duplicates() {
  const std::uint32_t count = out_.nodes_[open_].text_size;
  if (count > kPairwiseKeys) return find_duplicates_sorted();
  std::array<std::uint32_t, kPairwiseKeys> members;
  std::uint32_t member = open_ + 1;
  for (std::uint32_t i = 0; i < count; ++i, member = out_.nodes_[member].end) {
    members[i] = member;
    const std::string_view own = key_of(member);
    for (std::uint32_t j = 0; j < i; ++j) {
      if (key_of(members[j]) == own) {
        report_duplicate(member);
        break;
      }
    }
  }
}

// Comparing all pairs of the largest permitted object would take a millisecond, and a text has many
// objects.
void Reader::find_duplicates_sorted() {
  std::vector<std::uint32_t> members;
  const auto end = static_cast<std::uint32_t>(out_.nodes_.size());
  members.reserve(out_.nodes_[open_].text_size);
  for (std::uint32_t i = open_ + 1; i < end; i = out_.nodes_[i].end) members.push_back(i);
  small_sort(members.begin(), members.end(), [this](std::uint32_t a, std::uint32_t b) {
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (key_of(members[i]) == key_of(members[i - 1])) report_duplicate(members[i]);
  }
}

void Reader::report_duplicate(std::uint32_t member) {
  if (out_.duplicates_.size() == kMaxDuplicates) {
    out_.more_duplicates_ = true;
    return;
  }
  std::string pointer = pointer_of_open();
  append_pointer(pointer, key_of(member));
  out_.duplicates_.push_back(std::move(pointer));
}

std::string Reader::pointer_of_open() const {
  std::vector<std::uint32_t> open(depth_);  // outermost first
  std::uint32_t at = open_;
  for (std::size_t i = depth_; i-- > 0; at = out_.nodes_[at].end) open[i] = at;
  std::string pointer;
  for (std::size_t i = 1; i < open.size(); ++i) {
    const Node& parent = out_.nodes_[open[i - 1]];
    if (parent.kind == Kind::kArray) {
      append_pointer(pointer, std::size_t{parent.text_size} - 1);
    } else {
      append_pointer(pointer, key_of(open[i]));
    }
  }
  return pointer;
}

bool Reader::too_many_keys() {
  pointer_ = pointer_of_open();
  return fail(p_, filled("an object has more than @ keys", {limits::kMaxJsonKeys}),
              Code::kJsonTooManyKeys);
}

Error read(std::string_view text, const Limits& limits, Document& out) {
  out = Document();
  Error error;
  if (text.size() > limits.max_bytes) {
    error.code = Code::kJsonTooLarge;
    error.reason = filled("it is larger than @ bytes", {limits.max_bytes});
    locate(text, limits.max_bytes, error);
    return error;
  }
  // A small text must not pay for growth, nor a large one for nodes it never has.
  out.nodes_.reserve(std::min<std::size_t>(text.size() / 16 + 2, 512));
  out.text_.assign(text);
  Reader reader(out, limits.max_depth);
  if (reader.run()) return error;
  error.code = reader.code();
  error.reason = reader.take_reason();
  error.pointer = reader.take_pointer();
  std::size_t byte = reader.byte();
  // NUL is never legal, and the text before it is rarely the cause.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    error.code = Code::kJsonSyntax;
    error.reason = "a NUL byte";
    error.pointer.clear();
    byte = nul;
  }
  locate(text, byte, error);
  out = Document();
  return error;
}

Error parse(std::string_view text, const Limits& limits, Document& out) {
  Error error = read(text, limits, out);
  if (error.code == Code::kAllowed && !out.duplicates().empty()) {
    error.code = Code::kJsonDuplicateKey;
    error.pointer = out.duplicates().front();
    error.reason = "duplicate key";
    out = Document();
  }
  return error;
}

}  // namespace portcullis::json
