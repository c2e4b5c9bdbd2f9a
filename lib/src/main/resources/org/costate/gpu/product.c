
/* Products of matrices, tile by tile: a group computes TILE x TILE numbers of L R, through TILE x DEPTH numbers of L and
   DEPTH x TILE of R at a time, which lie in its local memory; a work-item keeps PIECES times ROWS x COLUMNS of the sums.
   Each sum is over k in order, whatever the group: the same bits each time. */
#define TILE 32
#define DEPTH 16
#define LINE (TILE + 1)
#define ROOM (2 * DEPTH * LINE)
#if ONE_LANE
#define ROWS 4
#define COLUMNS 16
#define APART 1
#define PIECES (TILE / ROWS * (TILE / COLUMNS))
#define PIECE_ROW(q) ((q) / (TILE / COLUMNS) * ROWS)
#define PIECE_COLUMN(q) ((q) % (TILE / COLUMNS) * COLUMNS)
#else
#define ROWS 4
#define COLUMNS 4
#define APART 8
#define PIECES 1
#define PIECE_ROW(q) (LANE / APART)
#define PIECE_COLUMN(q) (LANE % APART)
#endif
#define SUMS (PIECES * ROWS * COLUMNS)
#ifdef __OPENCL_VERSION__
#define UNROLL
#else
#define UNROLL _Pragma("unroll")
#endif

/* sums += left right */
DEVICE void add_product(LOCAL_POINTER const REAL *left, LOCAL_POINTER const REAL *right, REAL *sums) {
    UNROLL for (int q = 0; q < PIECES; q++) {
        LOCAL_POINTER const REAL *l = left + PIECE_ROW(q);
        LOCAL_POINTER const REAL *r = right + PIECE_COLUMN(q);
        REAL sum[ROWS * COLUMNS];
        UNROLL for (int e = 0; e < ROWS * COLUMNS; e++) sum[e] = sums[q * ROWS * COLUMNS + e];
        UNROLL for (int k = 0; k < DEPTH; k++) {
            UNROLL for (int i = 0; i < ROWS; i++) {
                UNROLL for (int j = 0; j < COLUMNS; j++) {
                    sum[i * COLUMNS + j] += l[k * LINE + i * APART] * r[k * LINE + j * APART];
                }
            }
        }
        UNROLL for (int e = 0; e < ROWS * COLUMNS; e++) sums[q * ROWS * COLUMNS + e] = sum[e];
    }
}

/* The sums of all work-items, as rows of TILE numbers. */
DEVICE void gather(const REAL *sums, LOCAL_POINTER REAL *tile) {
    UNROLL for (int q = 0; q < PIECES; q++) {
        UNROLL for (int e = 0; e < ROWS * COLUMNS; e++) {
            int row = PIECE_ROW(q) + e / COLUMNS * APART;
            tile[row * TILE + PIECE_COLUMN(q) + e % COLUMNS * APART] = sums[q * ROWS * COLUMNS + e];
        }
    }
}
