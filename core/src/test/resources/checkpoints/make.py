"""Writes the checkpoints of this folder, with the embeddings that PyTorch computes with them.

Run here, with PyTorch 1.13 (Debian 12's python3-torch): python3 make.py
Weights are random. To keep files small, the tensors of the models with OpenAI's shapes (heads are
64 wide there) are pieces of one shared storage.
"""

import json
import struct
from collections import OrderedDict
from typing import Dict, List

import torch
from torch import nn

torch.manual_seed(20)


class QuickGelu(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self, width, heads, act, mask=None):
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            OrderedDict(
                c_fc=nn.Linear(width, 4 * width), gelu=act(), c_proj=nn.Linear(4 * width, width)
            )
        )
        self.ln_2 = nn.LayerNorm(width)
        self.attn_mask = mask

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=self.attn_mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads, act, mask=None):
        super().__init__()
        self.resblocks = nn.Sequential(*[Block(width, heads, act, mask) for _ in range(layers)])

    def forward(self, x):  # [batch, tokens, width]
        return self.resblocks(x.transpose(0, 1)).transpose(0, 1)


class Visual(nn.Module):
    def __init__(self, size, patch, width, layers, heads, out, act):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.positional_embedding = nn.Parameter(torch.randn((size // patch) ** 2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, layers, heads, act)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.randn(width, out))

    def forward(self, pixels):
        x = self.conv1(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(x.shape[0], 1, x.shape[2])
        x = self.ln_pre(torch.cat([first, x], 1) + self.positional_embedding)
        return self.ln_post(self.transformer(x)[:, 0]) @ self.proj


class Model(nn.Module):
    def __init__(self, size, patch, width, layers, heads, out, vocab, context, twidth, tlayers,
                 theads, act=QuickGelu):
        super().__init__()
        self.visual = Visual(size, patch, width, layers, heads, out, act)
        mask = torch.full((context, context), float("-inf")).triu(1)
        self.transformer = Transformer(twidth, tlayers, theads, act, mask)
        self.token_embedding = nn.Embedding(vocab, twidth)
        self.positional_embedding = nn.Parameter(torch.randn(context, twidth))
        self.ln_final = nn.LayerNorm(twidth)
        self.text_projection = nn.Parameter(torch.randn(twidth, out))
        self.logit_scale = nn.Parameter(torch.tensor(3.0))

    def text(self, ids):
        x = self.token_embedding(ids) + self.positional_embedding
        x = self.ln_final(self.transformer(x))
        return x[torch.arange(x.shape[0]), ids.argmax(1)] @ self.text_projection

    def forward(self, pixels, ids):
        return self.visual(pixels), self.text(ids)


def scale(name, tensor):
    """Values of a size that keeps the layers in the range of a trained model."""
    if "ln_" in name and name.endswith("weight"):
        return 1 + 0.1 * tensor
    return 0.15 * tensor


def shuffle(model):
    for name, p in model.named_parameters():
        if name != "logit_scale":
            p.data = scale(name, torch.randn_like(p))


def share(model, dtype):
    """Makes every parameter a piece of one storage, each from another offset."""
    longest = max(p.numel() for p in model.parameters())
    pool = (0.15 * torch.randn(longest + 1000)).to(dtype)
    for i, (name, p) in enumerate(model.named_parameters()):
        start = 7 * i % 1000
        p.data = pool[start:start + p.numel()].view(p.shape)


def safetensors(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        kind = {torch.float32: "F32", torch.int64: "I64"}[t.dtype]
        raw = t.detach().contiguous().numpy().tobytes()
        header[name] = dict(dtype=kind, shape=list(t.shape),
                            data_offsets=[len(data), len(data) + len(raw)])
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def expect(path, model, size, vocab, context):
    """The embeddings of the model in float32 of two pictures and three texts."""
    whole = {name: t.float() for name, t in model.state_dict().items()}
    for p in model.parameters():
        p.data = p.data.float()
    model.load_state_dict(whole)
    pixels = torch.randn(2, 3, size, size)
    ids = torch.randint(0, vocab - 2, (3, context))
    ids[:, 0] = vocab - 2
    for row, end in enumerate([context - 1, 2, context // 2]):
        ids[row, end:] = vocab - 1
    with torch.no_grad():
        images, texts = model.train()(pixels, ids)  # train(): not the fused approximation
    safetensors(path, dict(pixels=pixels, ids=ids, images=images, texts=texts))


def open_ai_shaped(width):
    return Model(8, 4, width, 1, width // 64, 24, 20, 8, 64, 2, 1)


# A TorchScript archive like OpenAI's: matrices in float16, norms and the scale in float32.
model = open_ai_shaped(128)
share(model, torch.float32)
for name in ["input_resolution", "context_length", "vocab_size"]:
    model.register_buffer(name, torch.tensor({"i": 8, "c": 8, "v": 20}[name[0]]))
pixels, ids = torch.randn(1, 3, 8, 8), torch.full((1, 8), 19)
script = torch.jit.trace(model.eval(), (pixels, ids), check_trace=False)
pool = None
for name, p in script.named_parameters():
    if "ln_" not in name and name != "logit_scale" and "embedding" not in name:
        if pool is None:
            base = torch.zeros(0).set_(p.data.storage())
            pool = base.half()
        p.data = pool.as_strided(p.shape, p.stride(), p.storage_offset())
for (name, p), q in zip(model.named_parameters(), script.parameters()):
    p.data = q.data
# The float32 ones have little storages of their own, so that the float32 pool is not written.
for name, p in script.named_parameters():
    if p.dtype == torch.float32:
        p.data = p.data.clone()
torch.jit.save(script, "openai-script.pt")
for name in ["input_resolution", "context_length", "vocab_size"]:
    delattr(model, name)
expect("openai-script.safetensors", model, 8, 20, 8)

# A training checkpoint with names as data-parallel training has them, protocol 4, float16.
model = open_ai_shaped(64)
share(model, torch.float16)
scale_parameter = nn.Parameter(torch.tensor(1.0))
optimizer = torch.optim.AdamW([scale_parameter], lr=1e-5)
scale_parameter.sum().backward()
optimizer.step()
torch.save(
    dict(
        epoch=3,
        loss=0.5,
        model_state_dict=OrderedDict(
            ("module." + name, t) for name, t in model.state_dict().items()
        ),
        optimizer_state_dict=optimizer.state_dict(),
    ),
    "training.pt",
    pickle_protocol=4,
)
expect("training.safetensors", model, 8, 20, 8)

# Parameters, not tensors; bfloat16; some matrices stored with their axes exchanged.
model = open_ai_shaped(64)
share(model, torch.bfloat16)
for name, p in model.named_parameters():
    if name.endswith(("c_fc.weight", "proj", "in_proj_weight", "text_projection")):
        flat = p.data.flatten()
        p.data = flat.view(p.shape[1], p.shape[0]).t()
    if name.endswith("conv1.weight"):
        p.data = p.data.flatten().view(4, 3, 4, p.shape[0]).permute(3, 1, 0, 2)
torch.save(OrderedDict(model.named_parameters()), "parameters.pt", pickle_protocol=2)
expect("parameters.safetensors", model, 8, 20, 8)

# Small heads, storages not shared: Hugging Face's folders and open_clip's.
BLOCK = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj",
         "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
NAMES = {
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "logit_scale": "logit_scale",
}


def hugging_face(model):
    state = OrderedDict()
    for name, t in model.state_dict().items():
        if name in NAMES:
            state[NAMES[name]] = t
        elif name == "visual.proj":
            state["visual_projection.weight"] = t.t().contiguous()
        elif name == "text_projection":
            state["text_projection.weight"] = t.t().contiguous()
        else:
            tower, rest = name.split("resblocks.")
            number, rest = rest.split(".", 1)
            prefix = "vision" if tower.startswith("visual") else "text"
            prefix += "_model.encoder.layers." + number + "."
            part, _, kind = rest.rpartition(".")
            if rest.startswith("attn.in_proj_"):
                for letter, piece in zip("qkv", t.chunk(3)):
                    kind = rest[len("attn.in_proj_"):]
                    state[prefix + "self_attn." + letter + "_proj." + kind] = piece
            else:
                state[prefix + BLOCK[part] + "." + kind] = t
    state["vision_model.embeddings.position_ids"] = torch.arange(5)[None]
    return state


def small(act):
    model = Model(8, 4, 16, 2, 2, 12, 20, 8, 8, 2, 2, act)
    shuffle(model)
    return model


model = small(QuickGelu)
state = hugging_face(model)
torch.save(state, "hf-bin/pytorch_model.bin")
half = len(state) // 2
shards = [OrderedDict(list(state.items())[:half]),
          OrderedDict((k, v.double()) for k, v in list(state.items())[half:])]
files = ["pytorch_model-0000%d-of-00002.bin" % (i + 1) for i in range(2)]
for shard, file in zip(shards, files):
    torch.save(shard, "hf-sharded-bin/" + file)
with open("hf-sharded-bin/pytorch_model.bin.index.json", "w") as f:
    json.dump(dict(metadata=dict(total_size=0),
                   weight_map={k: file for shard, file in zip(shards, files) for k in shard}), f)
config = dict(
    architectures=["CLIPModel"],
    model_type="clip",
    projection_dim=12,
    vision_config=dict(hidden_size=16, intermediate_size=64, num_hidden_layers=2,
                       num_attention_heads=2, image_size=8, patch_size=4, hidden_act="quick_gelu"),
    text_config=dict(hidden_size=8, intermediate_size=32, num_hidden_layers=2,
                     num_attention_heads=2, vocab_size=20, max_position_embeddings=8,
                     hidden_act="quick_gelu", bos_token_id=18, eos_token_id=19),
)
for folder in ["hf-bin", "hf-sharded-bin"]:
    with open(folder + "/config.json", "w") as f:
        json.dump(config, f, indent=1)
expect("hf-bin.safetensors", model, 8, 20, 8)

model = small(nn.GELU)
text = ("transformer.", "token_embedding.", "positional_embedding", "ln_final.", "text_projection")
state = OrderedDict(
    ("module." + ("text." if name.startswith(text) else "") + name, t)
    for name, t in model.state_dict().items()
)
torch.save(dict(epoch=1, name="run", state_dict=state), "open-clip/epoch_1.pt")
with open("open-clip/open_clip_config.json", "w") as f:
    json.dump(
        dict(
            model_cfg=dict(
                embed_dim=12,
                quick_gelu=False,
                custom_text=True,
                vision_cfg=dict(image_size=8, layers=2, width=16, head_width=8, patch_size=4),
                text_cfg=dict(context_length=8, vocab_size=20, width=8, heads=2, layers=2),
            ),
            preprocess_cfg=dict(mean=[0.5, 0.4, 0.3], std=[0.2, 0.3, 0.4],
                                interpolation="bicubic", resize_mode="shortest"),
        ),
        f,
        indent=1,
    )
expect("open-clip.safetensors", model, 8, 20, 8)



class Attributes(nn.Module):
    """A scripted module keeps its lists and dictionaries, with tags of their types."""

    sizes: List[int]
    rates: List[float]
    flags: List[bool]
    tensors: List[torch.Tensor]
    words: Dict[str, int]

    def __init__(self):
        super().__init__()
        self.sizes, self.rates, self.flags = [1, 2], [0.5], [True]
        self.tensors, self.words = [torch.ones(1)], {"a": 1}
        self.weight = nn.Parameter(torch.arange(6.0).view(2, 3).t())
        self.inner = nn.Linear(1, 2)
        self.inner.weight.data = torch.tensor([[7.0], [8.0]])

    def forward(self, x):
        count = len(self.sizes) + len(self.rates) + len(self.flags) + len(self.words)
        return self.inner(x) * count + self.tensors[0] + self.weight.sum()


torch.jit.save(torch.jit.script(Attributes()), "script.pt")

# What PyTorch wrote before version 1.6.
torch.save(OrderedDict(a=torch.ones(2)), "before-1.6.pt", _use_new_zipfile_serialization=False)
