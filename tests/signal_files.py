"""Files of signal, small ones: bigWig, parquet, and AnnData as its own library lays it out."""

import base64
import lzma

import duckdb
import h5py
import numpy as np
import pyBigWig
from scipy import sparse

# Written by CREsted 1.11.0 (import_bigwigs) with AnnData 0.12.19: the mean over three regions of the bigWig files of
# two cell types.
CRESTED = lzma.decompress(base64.b85decode(
    "{Wp48S^xk9=GL@E0stWa761SMbT8$j;7-"
    "2;_+0=*k_3crdV6<D#AZ)w9S?G89vI9YCCpPuA{71h=t;VO$d!rFldCzie8*miHW;`CqjGNLMf2%+`Xfhb3*?}+@o>s=uTAfgU|Jy)M~XC0F1J%i"
    "9M+Xb>9M%ckVoW0%`og^gz`j<xg#Y1)^{P9+^gw$ie7#gb>AX0@$q2<W9Y#T%@sMEt(*BoFa+yAlo}2qo>aV0%DVz@cCr~0oEprTaxxWVKRFL@l("
    "R}_yQwXu@aW3pfuqQ1gvDm0=OoCVM?lEAQK4?2-"
    "<^8;s0h6L&N7y>7_iPbpi58nY*%2E;rr%8c<tVr5cgP>=|9owr(w;Wk6qGaMERQ6qL6d&k(O&SY(X6g&ybW$!M&_$=L&V_E*VC)pX=#rn3g2`5h3"
    "oxN6Wd>q=7ad+tlx#2*NnmrR{$-"
    "M#SM=eipzVyY~J4i`EX}2VJDZR%q*dIBBG7T{sU<;!K9y@Ztt+B>y0%ltyD<&w33gDWJ$T*G|r+!W*X5E@ywQz+pUC<liLDiEG((U99z-"
    "A&#ICtkTf6y0peAYIGYir?S>VuvU}%2i9cB7+eO~jb*#{?F1~bRw{LB^4Q$MY6J}{;1%SC$_Y~Wlt}-"
    "?!wG3xQ}h&ZQAgsazcv=z=O*}cCj~{IfCs8QMw5GH&>R_H)|RRjMp>M+0!b~>m-@Ra6eha2<*6Zi*5hCCiN}OJr}IjI(z2uH-jM!~frrZADk;PMi"
    "%MlJ%0!rzC^R{ejJ#VtCWh|=E*Zfq6!F$IN@MSnbz3f)Px~$1euYtKFas@N2%23O*&xCYKm{|}M4EZ>KI4yGq{)h7-M{VqF9W@v5%gkk-bkt5*g0"
    "wNkFj}I^>|d#ZFl(Q;*_liHP`!6m~dfwi~W+Rcx;%Ped{`yM;{E>JGrTeMqbhQGwN@uR16pti?L>8>zzRK&I+^OX=zD7%BX*f_=4Ce({)O;8(<ie"
    ")i91k2P$I)J*2A2%1!LDBl7GuUl>~j{}H^<IfUk<iaBcd{nROvdtnOr*LR2~Hk@v3@@l@x_IH-1a>^I=A-q*=rn7^-"
    "&iZ|Z6J;(Lg4fi=NK{k)`JUg%zM9zv24Ba^_b`tru*_%W*8{a$Coj)gf78K}h;5xFkcrpDhiKjG^)B5<p`GOoX2~8J_k4>^POPA<0`{&{Weq9VS?"
    "XeQ$ZUQ=#1jE=2Kq*Mddgknx5BCWj<AwiaCHu~RM5{bGI?*9BdQF6#fDXCHkV}Lu(@e%`tWanu$QRy<gCco3OhY?gd%q%tHzEQgg(QU_VU|fj|#P"
    "Rf5h;+U@e0H*j}W>c20f-?vDVnh(%5|?_(0?S_!g>wiK$vR;JVeAx65?U&qFIG}_EGzdPSvG)!;^0w##~{Mhlai;EM)ADflIEz}%oBk*g-"
    "!Oip5U4^-4ig&ZZr1(2u2&)t5Q!gEz9el9=i$-Xr5NLGMlel<*v|nKTTvWLSAkqe}IO%ywH=*jUxaR0Jqd8Q1Et9ul$ksF5*m_>8?-"
    "V2V@?MghS7!bcbu5zc8{f!z@AS-vk1LafXL3#YzWdwD?ps%+;O&|3R<ka&es*j36$m0MZ&Nr$e5`&5rHccz!%_l)a&vB{Krnea|Nb~s6^B9LX^i4"
    "3t7TpyvhgU4+f1^o;rD9?n8=W4_HPc3Xr&31OObd0?74kbt3A`)00EQ=z?}gA&1{dAvBYQl0ssI200dcD"
))  # fmt: skip
CRESTED_MEANS = [0.17775197, 0.24392374, 0.50174010]


def write_bigwig(path, sizes, entries):
    """A bigWig file of ``(chrom, start, end, value)``, sorted."""
    with pyBigWig.open(str(path), "w") as signal:
        signal.addHeader(list(sizes.items()))
        if entries:
            chroms, starts, ends, values = (list(column) for column in zip(*entries, strict=True))
            signal.addEntries(chroms, starts, ends=ends, values=list(map(float, values)))


def write_parquet(path, columns):
    """A parquet file of columns; None is missing."""
    names = ", ".join(f'"{name}"' for name in columns)
    with duckdb.connect() as database:
        unnested = ", ".join(f'unnest(${number}) AS "{name}"' for number, name in enumerate(columns, 1))
        database.execute(f"CREATE TABLE columns AS SELECT {unnested}", list(columns.values()))
        database.sql(f"SELECT {names} FROM columns").write_parquet(str(path))


def write_h5ad(path, obs, var, values, layers=None, nullable=False, split=None, split_axis="var"):
    """An AnnData file: names of rows and columns, and a matrix, dense or sparse, with others beside it.

    The split, a word per region, is a column of categories, as AnnData 0.12.19 writes what CREsted's
    ``train_val_test_split`` puts there; None is a missing one.
    """
    with h5py.File(path, "w") as file:
        _encode(file, "anndata", "0.1.0")
        for axis, names in (("obs", obs), ("var", var)):
            group = file.create_group(axis)
            _encode(group, "dataframe", "0.2.0")
            group.attrs["_index"] = "_index"
            if nullable:
                index = group.create_group("_index")
                _encode(index, "nullable-string-array", "0.1.0")
                index["values"], index["mask"] = list(names), np.zeros(len(names), dtype=bool)
            else:
                group["_index"] = list(names)
        if split is not None:
            _write_categories(file[split_axis], "split", split)
        _write_matrix(file, "X", values)
        group = file.create_group("layers")
        for name, layer in (layers or {}).items():
            _write_matrix(group, name, layer)


def _write_categories(group, name, words):
    column, names = group.create_group(name), sorted(set(words) - {None})
    _encode(column, "categorical", "0.2.0")
    column.attrs["ordered"] = False
    column["categories"] = names
    column["codes"] = np.array([-1 if word is None else names.index(word) for word in words], dtype=np.int8)


def _write_matrix(group, name, values):
    if not sparse.issparse(values):
        group[name] = values
        return
    matrix = group.create_group(name)
    _encode(matrix, f"{values.format}_matrix", "0.1.0")
    matrix.attrs["shape"] = values.shape
    for part in ("data", "indices", "indptr"):
        matrix[part] = getattr(values, part)


def _encode(element, kind, version):
    element.attrs.update({"encoding-type": kind, "encoding-version": version})
