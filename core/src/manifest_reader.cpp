#include "manifest_reader.hpp"

#include <algorithm>

#include "bytes_equal.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/nearest.hpp"

namespace portcullis::manifest_reader {

namespace {

std::string_view describe(json::View view) {
  switch (view.kind()) {
    case json::Kind::kNull:
      return "null";
    case json::Kind::kFalse:
      return "false";
    case json::Kind::kTrue:
      return "true";
    case json::Kind::kNumber:
      return "a number";
    case json::Kind::kString:
      return "a string";
    case json::Kind::kArray:
      return "an array";
    case json::Kind::kObject:
      return "an object";
  }
  return "";
}

// A single value where an array is expected is a common mistake: suggest the array.
std::string as_array(json::View value) {
  if (!value.is_string() && !value.is_object()) return {};
  const std::string one = json::dump(value);
  constexpr std::size_t kShown = 64;
  return one.size() > kShown ? "; enclose it in [ and ]" : filled("; write [@]", {one});
}

void report_type(const At& at, std::string_view wanted, ProblemList& problems,
                 std::string_view advice = {}) {
  if (at.parent == nullptr) {
    problems.error(Code::kManifestWrongType, at, "A manifest is @; this is @.",
                   {wanted, describe(at.view)});
  } else {
    problems.named_error(Code::kManifestWrongType, at, " must be @; this is @@.",
                         {wanted, describe(at.view), advice});
  }
}

bool is_name_char(char c, bool policy_name) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  if (c == '_' || c == '-' || c == '.' || c == '$') return true;
  return policy_name && (c == ':' || c == '/');
}

}  // namespace

void ProblemList::add(Severity severity, Code code, std::string pointer, std::string message) {
  const bool is_error = severity == Severity::kError;
  has_error_ = has_error_ || is_error;
  if (!full()) {
    problems_.push_back({severity, code, std::move(pointer), std::move(message)});
  } else {
    ++left_out_;
    left_out_error_ = left_out_error_ || is_error;
  }
}

void ProblemList::add_error(Code code, const At& at, const char* pattern, const Filling* fillings) {
  add(Severity::kError, code, at.pointer(), fill(pattern, fillings));
}

void ProblemList::add_named_error(Code code, const At& at, const char* pattern,
                                  const Filling* fillings) {
  add(Severity::kError, code, at.pointer(), at.name() + fill(pattern, fillings));
}

bool ProblemList::full() const noexcept { return problems_.size() >= limits::kMaxManifestProblems; }

std::vector<Problem> ProblemList::take() {
  if (left_out_ > 0) {
    // The last entry is needed for this notice.
    const Problem last = std::move(problems_.back());
    problems_.pop_back();
    left_out_error_ = left_out_error_ || last.severity == Severity::kError;
    problems_.push_back(
        {left_out_error_ ? Severity::kError : Severity::kWarning, Code::kManifestTooManyProblems,
         "", filled("@ more problems were left out; correct these first.", {left_out_ + 1})});
  }
  return std::move(problems_);
}

std::string At::pointer() const {
  if (parent == nullptr) return {};
  std::string out = parent->pointer();
  if (key.data() != nullptr) {
    json::append_pointer(out, key);
  } else {
    json::append_pointer(out, index);
  }
  return out;
}

std::string At::name() const {
  if (key.data() != nullptr || parent == nullptr) return filled("~", {key});
  return filled("~", {filled("@[@]", {parent->key, index})});
}

bool want_object(const At& at, ProblemList& problems) {
  if (at.view.is_object()) return true;
  report_type(at, "an object", problems);
  return false;
}

bool want_array(const At& at, std::size_t max, ProblemList& problems) {
  if (!at.view.is_array()) {
    report_type(at, "an array", problems, problems.full() ? std::string() : as_array(at.view));
    return false;
  }
  if (at.view.size() > max) {
    problems.named_error(Code::kManifestTooMany, at, " has @ entries; the limit is @.",
                         {at.view.size(), max});
    return false;
  }
  return true;
}

bool want_string(const At& at, ProblemList& problems) {
  if (at.view.is_string()) return true;
  report_type(at, "a string", problems);
  return false;
}

void report_required(const At& at, std::string_view example, ProblemList& problems) {
  problems.named_error(Code::kManifestRequired, at, " is missing; write @.", {example});
}

void warn_unknown_keys(const At& object, std::initializer_list<std::string_view> known,
                       ProblemList& problems) {
  for (const json::View member : object.view.children()) {
    const std::string_view key = member.key();
    const bool is_known =
        std::any_of(known.begin(), known.end(),
                    [key](std::string_view candidate) { return bytes_equal(candidate, key); });
    if (is_known) continue;
    const std::string_view nearest =
        problems.full() ? std::string_view() : portcullis::nearest(key, known);
    std::string pointer = object.pointer();
    json::append_pointer(pointer, key);
    problems.add(
        Severity::kWarning, Code::kManifestUnknownKey, std::move(pointer),
        nearest.empty()
            ? filled("~ is not a known key and has no effect; remove it.", {key})
            : filled("~ is not a known key and has no effect; did you mean ~?", {key, nearest}));
  }
}

void read_text(const At& at, std::size_t max_bytes, ProblemList& problems, std::string& out) {
  if (!at || !want_string(at, problems)) return;
  const std::string_view text = at.view.text();
  if (text.size() > max_bytes) {
    problems.named_error(Code::kManifestTextTooLong, at, " is @ bytes long; the limit is @.",
                         {text.size(), max_bytes});
    return;
  }
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
  if (control) {
    problems.named_error(Code::kManifestBadValue, at, " has a control character; remove it.");
    return;
  }
  out = std::string(text);
}

bool read_name(const At& at, bool policy_name, ProblemList& problems, std::string& out) {
  if (!want_string(at, problems)) return false;
  const std::string_view text = at.view.text();
  const bool legal =
      !text.empty() && text.size() <= limits::kMaxNameBytes &&
      std::all_of(text.begin(), text.end(), [&](char c) { return is_name_char(c, policy_name); });
  if (!legal) {
    problems.error(Code::kManifestBadName, at,
                   "~ is not a valid name; write 1 to @ of the characters a-z A-Z 0-9 _ - . $@.",
                   {text, limits::kMaxNameBytes, policy_name ? " : /" : ""});
    return false;
  }
  out = std::string(text);
  return true;
}

std::vector<std::string> below(const std::vector<std::string>& pointers, std::string_view prefix) {
  std::vector<std::string> out;
  for (const std::string& pointer : pointers) {
    if (pointer.size() > prefix.size() && pointer.compare(0, prefix.size(), prefix) == 0 &&
        pointer[prefix.size()] == '/') {
      out.push_back(pointer.substr(prefix.size()));
    }
  }
  return out;
}

}  // namespace portcullis::manifest_reader
