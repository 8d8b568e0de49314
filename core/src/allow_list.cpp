#include "portcullis/allow_list.hpp"

#include <algorithm>

#include "allow_list_layout.hpp"
#include "portcullis/canonical_path.hpp"
#include "segment_scan.hpp"
#include "template_parse.hpp"

namespace portcullis {

std::optional<Method> parse_method(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kMethods; ++i) {
    const auto method = static_cast<Method>(i);
    if (name(method) == text) return method;
  }
  return std::nullopt;
}

std::string_view name(Method method) noexcept {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
  }
  return "";
}

// The builder copies these types' bytes into the block at offsets that satisfy their alignment.
const AllowList::Edge* AllowList::edges() const noexcept {
  return reinterpret_cast<const Edge*>(block_.get());
}
const AllowList::ParamEdge* AllowList::param_edges() const noexcept {
  return reinterpret_cast<const ParamEdge*>(block_.get() + param_edges_at_);
}
const AllowList::Node* AllowList::nodes() const noexcept {
  return reinterpret_cast<const Node*>(block_.get() + nodes_at_);
}
const AllowList::Terminal* AllowList::terminals() const noexcept {
  return reinterpret_cast<const Terminal*>(block_.get() + terminals_at_);
}
const AllowList::Rule* AllowList::rules() const noexcept {
  return reinterpret_cast<const Rule*>(block_.get() + rules_at_);
}
const char* AllowList::texts() const noexcept {
  return reinterpret_cast<const char*>(block_.get() + texts_at_);
}

/// One walk through the trie. Each node with more than one way on is noted for backtracking; there
/// is at most one per depth, so the notes fit into an array.
class AllowListSearch {
 public:
  struct Note {
    std::uint32_t at;
    std::uint32_t size;
    std::uint16_t node;
    std::uint16_t
        tried;  // count of tried ways: params in order, then '*' in the middle, then '*' at the end
  };
  static constexpr std::size_t kNotes = limits::kMaxTemplateSegments + 1;

  /// `notes` has room for kNotes. Not a member: an indexed array would keep the object out of
  /// registers.
  AllowListSearch(const AllowList& list, Method method, std::string_view path, Note* notes) noexcept
      : edges_(list.edges()),
        params_(list.param_edges()),
        nodes_(list.nodes()),
        terminals_(list.terminals()),
        texts_(list.texts()),
        matchers_(list.matchers_.data()),
        method_(static_cast<std::size_t>(method)),
        path_(path),
        notes_(notes) {}

  /// Continues at a node whose children's segments begin at `at`.
  int run(std::uint16_t node, std::size_t at) noexcept {
    for (;;) {
      // `at` is after a '/', and the segments before it led to `node`.
      std::uint16_t child = kNone;
      if (at == path_.size()) {
        if (const int rule = rule_at(nodes_[node].slash); rule >= 0) return rule;
      } else {
        const Segment segment = scan_segment(path_, at);
        const AllowList::Node& here = nodes_[node];
        child = literal(here, segment, at);
        // One branch for all three.
        if ((here.param_count | (here.star ^ kNone) | (here.tail ^ kNone)) != 0) {
          notes_[noted_++] = {static_cast<std::uint32_t>(at), segment.size, node, 0};
        }
      }
      for (;;) {
        while (child == kNone) {
          if (noted_ == 0) return -1;
          if (const int rule = next_way(child, at); rule >= 0) return rule;
        }
        const std::size_t end = at + scanned_;
        if (end < path_.size()) {
          node = child;
          at = end + 1;
          break;
        }
        if (const int rule = rule_at(nodes_[child].exact); rule >= 0) return rule;
        child = kNone;
      }
    }
  }

 private:
  int rule_at(std::uint16_t terminal) const noexcept {
    return terminal == kNone ? -1 : terminals_[terminal].rules[method_];
  }

  std::uint16_t literal(const AllowList::Node& node, const Segment& segment,
                        std::size_t at) noexcept {
    scanned_ = segment.size;
    const AllowList::Edge* edge = edges_ + node.edges;
    const AllowList::Edge* const end = edge + node.edge_count;
    // Branchless binary search for the first edge not before the hash.
    for (std::size_t left = node.edge_count; left > 1;) {
      const std::size_t half = left / 2;
      edge += edge[half - 1].hash < segment.hash ? half : 0;
      left -= half;
    }
    edge += edge != end && edge->hash < segment.hash ? 1 : 0;
    for (; edge != end && edge->hash == segment.hash; ++edge) {
      // For equal sizes of at most 8 bytes, the hash is the text.
      if (edge->size == segment.size &&
          (segment.size <= 8 || same_text(texts_ + edge->label, path_.data() + at, segment.size))) {
        return edge->child;
      }
    }
    return kNone;
  }

  /// Takes the next untried way of the last note: sets `child` and `at`, or returns a rule, or
  /// drops the note if no way is left.
  int next_way(std::uint16_t& child, std::size_t& at) noexcept {
    Note& note = notes_[noted_ - 1];
    const AllowList::Node& node = nodes_[note.node];
    at = note.at;
    scanned_ = note.size;
    while (note.tried < node.param_count) {
      const AllowList::ParamEdge& edge = params_[node.params + note.tried++];
      if (edge.matcher == kNone ||
          shape_fits(matchers_[edge.matcher], path_.substr(note.at, note.size))) {
        child = edge.child;
        return -1;
      }
    }
    if (note.tried++ == node.param_count && node.star != kNone) {
      child = node.star;
      return -1;
    }
    const int rule = rule_at(node.tail);
    --noted_;
    return rule;
  }

  const AllowList::Edge* edges_;
  const AllowList::ParamEdge* params_;
  const AllowList::Node* nodes_;
  const AllowList::Terminal* terminals_;
  const char* texts_;
  const ParamMatcher* matchers_;
  std::size_t method_;
  std::string_view path_;
  std::size_t scanned_ = 0;  // size of the segment at `at`
  std::size_t noted_ = 0;
  Note* notes_;
};

int AllowList::find(Method method, std::string_view canonical_path) const noexcept {
  if (rules_ == 0 || canonical_path.empty() || canonical_path[0] != '/') return -1;
  if (static_cast<std::size_t>(method) >= kMethods) return -1;
  if (canonical_path.size() < shared_bytes_ ||
      !same_text(texts(), canonical_path.data(),
                 shared_bytes_)) {  // the first rule's text comes first
    return -1;
  }
  AllowListSearch::Note notes[AllowListSearch::kNotes];
  return AllowListSearch(*this, method, canonical_path, notes).run(shared_node_, shared_bytes_);
}

std::optional<AllowList> AllowList::compile(const std::vector<ApiRule>& rules,
                                            std::size_t* bad_rule, TemplateProblem* problem) {
  std::vector<RuleProblem> problems;
  auto list = compile(rules, &problems);
  if (list) return list;
  const auto fatal = std::find_if(problems.begin(), problems.end(),
                                  [](const RuleProblem& found) { return found.fatal; });
  if (bad_rule != nullptr) *bad_rule = fatal->rule;
  if (problem != nullptr) *problem = std::move(fatal->problem);
  return std::nullopt;
}

void AllowList::captures(int rule, std::string_view canonical_path, Params& params) const {
  params.clear();
  if (rule < 0 || static_cast<std::size_t>(rule) >= rules_) return;
  ParsedTemplate parsed;
  TemplateProblem problem;
  if (!parse_template(text(rule), parsed, problem)) return;
  const TemplateView view{text(rule), parsed.segments.data(), parsed.count, parsed.trailing_slash,
                          nullptr};
  view.match(canonical_path, &params);
}

Method AllowList::method(int rule) const noexcept {
  return rules()[static_cast<std::size_t>(rule)].method;
}

std::string_view AllowList::text(int rule) const noexcept {
  const Rule& found = rules()[static_cast<std::size_t>(rule)];
  return {texts() + found.text, found.size};
}

std::size_t AllowList::memory_bytes() const noexcept {
  std::size_t bytes = block_bytes_ + matchers_.capacity() * sizeof(ParamMatcher);
  for (const ParamMatcher& matcher : matchers_) {
    bytes += matcher.choices().capacity() * sizeof(std::string);
  }
  return bytes;
}

}  // namespace portcullis
