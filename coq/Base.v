(* Laws, means and what a rule may ask for. A mean is the limit of integrals over growing intervals, or of growing sums;
   it is a mean in earnest only where [ex_E] holds: then it converges absolutely. *)
From Coq Require Import Reals Lra Lia List FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(* A law: a density between two ends, masses at whole steps from a first point to an end, or masses at listed points. *)
Inductive law : Type :=
  | density (lo hi : Rbar) (p : R -> R)
  | masses (lo : R) (hi : Rbar) (p : R -> R)
  | points (l : list R) (p : R -> R).

Definition mass (P : law) : R -> R :=
  match P with density _ _ p => p | masses _ _ p => p | points _ p => p end.

(* The n-th interval: it grows to the whole support. *)
Definition lower (lo hi : Rbar) (n : nat) : R :=
  match lo, hi with
  | Finite a, Finite b => a + (b - a) / (INR n + 2)
  | Finite a, _ => a + / (INR n + 1)
  | _, Finite b => b - 1 - INR n
  | _, _ => - INR n
  end.

Definition upper (lo hi : Rbar) (n : nat) : R :=
  match lo, hi with
  | Finite a, Finite b => b - (b - a) / (INR n + 2)
  | _, Finite b => b - / (INR n + 1)
  | Finite a, _ => a + 1 + INR n
  | _, _ => INR n
  end.

Definition cut (hi : Rbar) (w : R -> R) (x : R) : R :=
  match hi with
  | Finite b => if Rle_dec x b then w x else 0
  | p_infty => w x
  | m_infty => 0
  end.

(* The integral or sum of w over the n-th piece of where the law lives. *)
Definition partial (P : law) (w : R -> R) (n : nat) : R :=
  match P with
  | density lo hi _ => RInt w (lower lo hi n) (upper lo hi n)
  | masses lo hi _ => sum_n (fun k => cut hi w (lo + INR k)) n
  | points l _ => fold_right (fun x s => w x + s) 0 l
  end.

Definition ex_partial (P : law) (w : R -> R) (n : nat) : Prop :=
  match P with density lo hi _ => ex_RInt w (lower lo hi n) (upper lo hi n) | _ => True end.

Definition weighted (P : law) (g : R -> R) (x : R) : R := g x * mass P x.

(* The mean of g. *)
Definition E (P : law) (g : R -> R) : R := real (Lim_seq (partial P (weighted P g))).

(* It converges absolutely. *)
Definition ex_E (P : law) (g : R -> R) : Prop :=
  (forall n, ex_partial P (weighted P g) n) /\
  ex_finite_lim_seq (partial P (weighted P g)) /\
  exists M, forall n, Rabs (partial P (fun x => Rabs (weighted P g x)) n) <= M.

Definition inside (P : law) (x : R) : Prop :=
  match P with
  | density lo hi _ =>
      exists n, Rmin (lower lo hi n) (upper lo hi n) < x < Rmax (lower lo hi n) (upper lo hi n)
  | masses lo hi _ => Rbar_le x hi /\ exists k : nat, x = lo + INR k
  | points l _ => In x l
  end.

Definition probability (P : law) : Prop := ex_E P (fun _ => 1) /\ E P (fun _ => 1) = 1.

(* Near v, u is an integral of something that is integrable: u is locally absolutely continuous. *)
Definition absolutely_continuous (u : R -> R) (v : R) : Prop :=
  exists w, locally v (fun t => is_RInt w v t (u t - u v)).

(* Near v, the integrand is below one function with a finite integral: what allows to differentiate under a mean. *)
Definition dominated (P : R -> law) (g : R -> R -> R) (v : R) : Prop :=
  exists G M,
    (forall n, ex_partial (P v) G n /\ Rabs (partial (P v) G n) <= M) /\
    locally v (fun t => forall x, inside (P t) x -> Rabs (g t x * mass (P t) x) <= G x).

Definition whole (x : R) : Prop := exists n : nat, x = INR n.

Definition step (x : R) : R := if Rlt_dec 0 x then 1 else 0.


(* Samples lie where the support says. *)
Lemma inside_from (a : R) (p : R -> R) (x : R) : inside (density a p_infty p) x -> a < x.
Proof.
  intros [n [H _]]. simpl in H. assert (Hn := pos_INR n).
  assert (Hi : 0 < / (INR n + 1)) by (apply Rinv_0_lt_compat; lra).
  revert H. unfold Rmin. destruct (Rle_dec _ _); lra.
Qed.

Lemma inside_between (a b : R) (p : R -> R) (x : R) : a <= b -> inside (density a b p) x -> a < x < b.
Proof.
  intros Hab [n [H1 H2]]. simpl in H1, H2. assert (Hn := pos_INR n).
  assert (Hd : 0 < / (INR n + 2) <= / 2).
  { split; [apply Rinv_0_lt_compat | apply Rinv_le_contravar]; lra. }
  unfold Rdiv in *. revert H1 H2. unfold Rmin, Rmax.
  destruct (Rle_dec (a + (b - a) * / (INR n + 2)) (b - (b - a) * / (INR n + 2))); intros H1 H2;
    split; nra.
Qed.

Lemma inside_masses (a : R) (hi : Rbar) (p : R -> R) (x : R) : inside (masses a hi p) x -> a <= x.
Proof. intros [_ [k ->]]. assert (H := pos_INR k). lra. Qed.

(* Functions that are equal inside of the support have equal means. *)
Lemma partial_ext (P : law) (v w : R -> R) (n : nat) :
  (forall x, inside P x -> v x = w x) -> partial P v n = partial P w n.
Proof.
  destruct P as [lo hi p | lo hi p | l p]; simpl; intros H.
  - apply RInt_ext. intros x Hx. apply H. now exists n.
  - apply sum_n_ext. intros k. unfold cut.
    destruct hi as [b | | ]; [| apply H |]; try reflexivity.
    + destruct (Rle_dec (lo + INR k) b); [apply H | reflexivity]. split; [assumption | now exists k].
    + split; [exact I | now exists k].
  - induction l as [| a l IH]; [reflexivity | simpl].
    rewrite H, IH; [reflexivity | | now left]. intros x Hx. apply H. now right.
Qed.

Lemma ex_partial_ext (P : law) (v w : R -> R) (n : nat) :
  (forall x, inside P x -> v x = w x) -> ex_partial P v n -> ex_partial P w n.
Proof.
  destruct P as [lo hi p | lo hi p | l p]; simpl; auto. intros H.
  apply ex_RInt_ext. intros x Hx. apply H. now exists n.
Qed.

Lemma ex_finite_lim_seq_ext (u v : nat -> R) :
  (forall n, u n = v n) -> ex_finite_lim_seq u -> ex_finite_lim_seq v.
Proof. intros H [l Hl]. exists l. now apply (is_lim_seq_ext u). Qed.

Lemma E_ext (P : law) (g h : R -> R) : (forall x, inside P x -> g x = h x) -> E P g = E P h.
Proof.
  intros H. unfold E. f_equal. apply Lim_seq_ext. intros n. apply partial_ext.
  intros x Hx. unfold weighted. now rewrite H.
Qed.

Lemma ex_E_ext (P : law) (g h : R -> R) : (forall x, inside P x -> g x = h x) -> ex_E P g -> ex_E P h.
Proof.
  intros H [H1 [H2 [M H3]]].
  assert (W : forall x, inside P x -> weighted P g x = weighted P h x).
  { intros x Hx. unfold weighted. now rewrite H. }
  split; [| split; [| exists M]].
  - intros n. apply (ex_partial_ext P (weighted P g)); auto.
  - apply (ex_finite_lim_seq_ext (partial P (weighted P g))); auto. intros n. now apply partial_ext.
  - intros n. rewrite <- (partial_ext P (fun x => Rabs (weighted P g x))); auto. intros x Hx. now rewrite W.
Qed.

(* Integrals and sums over a piece are linear. *)
Lemma partial_scal (P : law) (c : R) (w : R -> R) (n : nat) :
  ex_partial P w n -> ex_partial P (fun x => c * w x) n /\ partial P (fun x => c * w x) n = c * partial P w n.
Proof.
  destruct P as [lo hi p | lo hi p | l p]; simpl; intros H.
  - split; [exact (ex_RInt_scal w _ _ c H) | exact (RInt_scal w _ _ c H)].
  - split; [exact I |]. rewrite <- (sum_n_mult_l (K := R_Ring) c (fun k => cut hi w (lo + INR k))).
    apply sum_n_ext. intros k. unfold cut, mult; simpl.
    destruct hi as [b | | ]; [destruct (Rle_dec _ b) | |]; unfold mult; simpl; ring.
  - split; [exact I |]. induction l as [| a l IH]; simpl; [ring | rewrite IH; ring].
Qed.

Lemma partial_plus (P : law) (v w : R -> R) (n : nat) :
  ex_partial P v n -> ex_partial P w n ->
  ex_partial P (fun x => v x + w x) n /\ partial P (fun x => v x + w x) n = partial P v n + partial P w n.
Proof.
  destruct P as [lo hi p | lo hi p | l p]; simpl; intros Hv Hw.
  - split; [exact (ex_RInt_plus v w _ _ Hv Hw) | exact (RInt_plus v w _ _ Hv Hw)].
  - split; [exact I |]. rewrite <- (sum_n_plus (G := R_AbelianGroup)). apply sum_n_ext. intros k. unfold cut, plus; simpl.
    destruct hi as [b | | ]; [destruct (Rle_dec _ b) | |]; ring.
  - split; [exact I |]. induction l as [| a l IH]; simpl; [ring | rewrite IH; ring].
Qed.

Lemma ex_partial_abs (P : law) (w : R -> R) (n : nat) : ex_partial P w n -> ex_partial P (fun x => Rabs (w x)) n.
Proof. destruct P as [lo hi p | lo hi p | l p]; simpl; auto. intros H. now apply (ex_RInt_norm w). Qed.

(* The absolute integral grows with the integrand. *)
Lemma partial_le (P : law) (v w : R -> R) (n : nat) :
  ex_partial P v n -> ex_partial P w n -> (forall x, 0 <= v x <= w x) -> Rabs (partial P v n) <= Rabs (partial P w n).
Proof.
  destruct P as [lo hi p | lo hi p | l p]; simpl; intros Hv Hw H.
  - set (a := lower lo hi n) in *. set (b := upper lo hi n) in *.
    assert (K : forall a b, a <= b -> ex_RInt v a b -> ex_RInt w a b -> Rabs (RInt v a b) <= Rabs (RInt w a b)).
    { intros c d Hcd Iv Iw.
      assert (0 <= RInt v c d) by (apply RInt_ge_0; auto; intros; apply H).
      assert (RInt v c d <= RInt w c d) by (apply RInt_le; auto; intros; apply H).
      rewrite !Rabs_pos_eq; lra. }
    destruct (Rle_dec a b) as [Hab | Hab]; [now apply K |].
    rewrite <- (opp_RInt_swap v), <- (opp_RInt_swap w) by now apply ex_RInt_swap.
    unfold opp; simpl. rewrite !Rabs_Ropp. apply K; [lra | |]; now apply ex_RInt_swap.
  - assert (C : forall x, 0 <= cut hi v x <= cut hi w x).
    { intros x. unfold cut. destruct hi as [b | | ]; [destruct (Rle_dec x b) | |]; auto; split; lra. }
    assert (S : 0 <= sum_n (fun k => cut hi v (lo + INR k)) n <= sum_n (fun k => cut hi w (lo + INR k)) n).
    { clear Hv Hw. induction n as [| n IH]; [rewrite !sum_O; apply C |].
      rewrite !sum_Sn. unfold plus; cbn [AbelianGroup.plus]. specialize (C (lo + INR (S n))). simpl in *. lra. }
    rewrite !Rabs_pos_eq; lra.
  - assert (S : 0 <= fold_right (fun x s => v x + s) 0 l <= fold_right (fun x s => w x + s) 0 l).
    { induction l as [| a l IH]; simpl; [lra | specialize (H a); lra]. }
    rewrite !Rabs_pos_eq; lra.
Qed.

Lemma ex_E_scal (P : law) (c : R) (g : R -> R) : ex_E P g -> ex_E P (fun x => c * g x).
Proof.
  intros [H1 [H2 [M H3]]].
  assert (W : weighted P (fun x => c * g x) = fun x => c * weighted P g x).
  { apply functional_extensionality. intros x. unfold weighted. ring. }
  unfold ex_E. rewrite W. split; [| split; [| exists (Rabs c * M)]].
  - intros n. now apply partial_scal.
  - apply (ex_finite_lim_seq_ext (fun n => c * partial P (weighted P g) n)).
    + intros n. symmetry. now apply partial_scal.
    + destruct H2 as [l Hl]. exists (c * l). apply (is_lim_seq_scal_l _ c l Hl).
  - intros n. replace (fun x => Rabs (c * weighted P g x)) with (fun x => Rabs c * Rabs (weighted P g x)).
    + rewrite (proj2 (partial_scal P (Rabs c) _ n (ex_partial_abs P _ n (H1 n)))).
      rewrite Rabs_mult, Rabs_Rabsolu. apply Rmult_le_compat_l; [apply Rabs_pos | apply H3].
    + apply functional_extensionality. intros x. now rewrite Rabs_mult.
Qed.

Lemma E_scal (P : law) (c : R) (g : R -> R) : ex_E P g -> E P (fun x => c * g x) = c * E P g.
Proof.
  intros [H1 [H2 _]]. unfold E.
  rewrite (Lim_seq_ext _ (fun n => c * partial P (weighted P g) n)).
  - rewrite Lim_seq_scal_l. destruct H2 as [l Hl]. now rewrite (is_lim_seq_unique _ _ Hl).
  - intros n. rewrite <- (proj2 (partial_scal P c _ n (H1 n))). f_equal.
    apply functional_extensionality. intros x. unfold weighted. ring.
Qed.

Lemma ex_E_plus (P : law) (g h : R -> R) : ex_E P g -> ex_E P h -> ex_E P (fun x => g x + h x).
Proof.
  intros [G1 [G2 [M G3]]] [H1 [H2 [N H3]]].
  assert (W : weighted P (fun x => g x + h x) = fun x => weighted P g x + weighted P h x).
  { apply functional_extensionality. intros x. unfold weighted. ring. }
  unfold ex_E. rewrite W. split; [| split; [| exists (M + N)]].
  - intros n. now apply partial_plus.
  - apply (ex_finite_lim_seq_ext (fun n => partial P (weighted P g) n + partial P (weighted P h) n)).
    + intros n. symmetry. now apply partial_plus.
    + destruct G2 as [a Ha], H2 as [b Hb]. exists (a + b). now apply is_lim_seq_plus'.
  - intros n. set (v := weighted P g) in *. set (w := weighted P h) in *.
    assert (Hv := ex_partial_abs P _ n (G1 n)). assert (Hw := ex_partial_abs P _ n (H1 n)).
    assert (S := partial_plus P _ _ n Hv Hw).
    apply Rle_trans with (Rabs (partial P (fun x => Rabs (v x) + Rabs (w x)) n)).
    + apply partial_le; [apply ex_partial_abs; now apply partial_plus | apply S |].
      intros x. split; [apply Rabs_pos | apply Rabs_triang].
    + rewrite (proj2 S). eapply Rle_trans; [apply Rabs_triang | apply Rplus_le_compat; auto].
Qed.

Lemma E_plus (P : law) (g h : R -> R) : ex_E P g -> ex_E P h -> E P (fun x => g x + h x) = E P g + E P h.
Proof.
  intros [G1 [[a Ha] _]] [H1 [[b Hb] _]]. unfold E.
  rewrite (is_lim_seq_unique _ _ Ha), (is_lim_seq_unique _ _ Hb).
  rewrite (is_lim_seq_unique _ (Finite (a + b))); [reflexivity |].
  apply (is_lim_seq_ext (fun n => partial P (weighted P g) n + partial P (weighted P h) n)).
  - intros n. rewrite <- (proj2 (partial_plus P _ _ n (G1 n) (H1 n))). f_equal.
    apply functional_extensionality. intros x. unfold weighted. ring.
  - now apply is_lim_seq_plus'.
Qed.

(* A summand with a factor that is free of the sample. *)
Lemma E_linear (P : law) (c : R) (g h : R -> R) :
  ex_E P g -> ex_E P h -> ex_E P (fun x => c * g x + h x) /\ E P (fun x => c * g x + h x) = c * E P g + E P h.
Proof.
  intros G H. split; [apply ex_E_plus; auto; now apply ex_E_scal |].
  rewrite E_plus, E_scal; auto. now apply ex_E_scal.
Qed.

Lemma E_const (P : law) (c : R) : probability P -> ex_E P (fun _ => c) /\ E P (fun _ => c) = c.
Proof.
  intros [H1 H2].
  assert (K : (fun _ : R => c) = (fun x : R => c * 1)) by (apply functional_extensionality; intros; ring).
  rewrite K, E_scal, H2 by assumption. split; [now apply ex_E_scal | ring].
Qed.

(* A mean over listed points is a sum. *)
Lemma E_points (l : list R) (p g : R -> R) :
  E (points l p) g = fold_right (fun x s => g x * p x + s) 0 l /\ ex_E (points l p) g.
Proof.
  split.
  - unfold E. simpl. unfold weighted; simpl.
    change (partial (points l p) (fun x => g x * p x)) with (fun _ : nat => fold_right (fun x s => g x * p x + s) 0 l).
    now rewrite Lim_seq_const.
  - split; [intros n; exact I | split].
    + exists (fold_right (fun x s => weighted (points l p) g x + s) 0 l). apply is_lim_seq_const.
    + exists (Rabs (fold_right (fun x s => Rabs (weighted (points l p) g x) + s) 0 l)). intros n. apply Rle_refl.
Qed.

Definition integral (lo hi : Rbar) (g : R -> R) : R := E (density lo hi (fun _ => 1)) g.
Definition series (lo : R) (hi : Rbar) (g : R -> R) : R := E (masses lo hi (fun _ => 1)) g.

(* What the conditions of rules say. *)
Definition first (P : law) : Rbar :=
  match P with density lo _ _ => lo | masses lo _ _ => lo | points _ _ => m_infty end.
Definition last (P : law) : Rbar :=
  match P with density _ hi _ => hi | masses _ hi _ => hi | points _ _ => p_infty end.
Definition continuity_at (u : R -> R) (v : R) : Prop := continuous u v.
Definition fixed_support (P : R -> law) (v : R) : Prop :=
  locally v (fun t => forall x, inside (P t) x <-> inside (P v) x).
Definition covers (Q P : law) : Prop := forall x, inside P x -> mass P x <> 0 -> inside Q x /\ mass Q x <> 0.
Definition has_density (P : law) : Prop :=
  exists lo hi p, P = density lo hi p /\ forall x, inside P x -> absolutely_continuous p x.
Definition has_masses (P : law) : Prop := forall lo hi p, P <> density lo hi p.
Definition vanishes (P : law) (g : R -> R) : Prop :=
  match P with
  | density lo hi _ =>
      is_lim_seq (fun n => weighted P g (lower lo hi n)) 0 /\ is_lim_seq (fun n => weighted P g (upper lo hi n)) 0
  | _ => False
  end.

(* Functions that the standard library lacks. *)
Definition signum (x : R) : R := step x - step (- x).
Definition relu (x : R) : R := x * step x.
Definition erf (x : R) : R := 2 / sqrt PI * RInt (fun t => exp (- t ^ 2)) 0 x.
