#include "base/strict_json.hpp"

#include <algorithm>
#include <exception>
#include <vector>

#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

constexpr std::size_t kLongestPointer = 256;

/// Checks keys and depth without keeping values. A separate pass, because nlohmann's parser
/// callback scans the whole parent after each object: quadratic in a long array.
class Watcher final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Watcher(std::size_t max_depth) : max_depth_(max_depth) {}
  Code code() const noexcept { return code_; }
  std::string take_detail() noexcept { return std::move(detail_); }

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_array(std::size_t) override { return enter(false); }
  bool end_array() override { return leave(); }
  bool start_object(std::size_t) override { return enter(true); }
  bool end_object() override {
    std::vector<std::string>& keys = open_.back().keys;
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice == keys.end()) return leave();
    return refuse(Code::kJsonDuplicateKey,
                  "duplicate key " + pointer() + segment(*twice) + "; remove one of the two");
  }
  bool key(string_t& name) override {
    std::vector<std::string>& keys = open_.back().keys;
    if (keys.size() == limits::kMaxJsonKeys) {
      const std::string where = pointer();
      return refuse(Code::kJsonTooManyKeys,
                    (where.empty() ? "the outermost object" : "the object at " + where) +
                        " has more than " + std::to_string(limits::kMaxJsonKeys) + " keys");
    }
    keys.push_back(std::move(name));
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&,
                   const nlohmann::detail::exception&) override {
    return refuse(Code::kJsonSyntax, "it is not JSON at byte " + std::to_string(byte));
  }

 private:
  struct Level {
    bool object;
    std::size_t elements = 0;       // of an array
    std::vector<std::string> keys;  // of an object, in order until it ends
  };

  bool value() {
    if (!open_.empty()) ++open_.back().elements;
    return true;
  }
  bool enter(bool object) {
    value();
    if (open_.size() >= max_depth_) {
      return refuse(Code::kJsonTooDeep,
                    "it is nested deeper than " + std::to_string(max_depth_) + " levels");
    }
    open_.push_back({object, 0, {}});
    return true;
  }
  bool leave() {
    open_.pop_back();
    return true;
  }
  bool refuse(Code code, std::string detail) {
    code_ = code;
    detail_ = std::move(detail);
    return false;
  }

  static std::string segment(std::string_view key) {
    std::string out = "/";
    for (const char c : key.substr(0, kLongestPointer)) {
      if (c == '~' || c == '/') {
        out += c == '~' ? "~0" : "~1";
      } else {
        out += c;
      }
    }
    return out;
  }
  /// RFC 6901 pointer of the innermost level; shortened if very long.
  std::string pointer() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < open_.size() && out.size() < kLongestPointer; ++i) {
      const Level& level = open_[i];
      out += level.object ? segment(level.keys.back()) : "/" + std::to_string(level.elements - 1);
    }
    return out;
  }

  std::size_t max_depth_;
  Code code_ = Code::kAllowed;
  std::string detail_;
  std::vector<Level> open_;
};

}  // namespace

Code parse_strict_json(std::string_view text, std::size_t max_bytes, std::size_t max_depth,
                       nlohmann::json& out, std::string* detail) {
  const auto refuse = [detail](Code code, std::string why) {
    if (detail != nullptr) *detail = std::move(why);
    return code;
  };
  if (text.size() > max_bytes) {
    return refuse(Code::kJsonTooLarge, "it is larger than " + std::to_string(max_bytes) + " bytes");
  }
  // nlohmann takes NUL for the end of the text and ignores what follows.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return refuse(Code::kJsonSyntax, "it is not JSON at byte " + std::to_string(nul + 1));
  }
  try {
    Watcher watcher(max_depth);
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &watcher)) {
      return refuse(watcher.code(), watcher.take_detail());
    }
    out = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    return out.is_discarded() ? refuse(Code::kJsonSyntax, "it is not JSON") : Code::kAllowed;
  } catch (const std::exception&) {
    return refuse(Code::kJsonSyntax, "it is not JSON");
  }
}

}  // namespace portcullis::bff
